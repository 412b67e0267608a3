"""Dell SmartFabric OS10, written from chapter 2 and section 15.1 of the behaviour document."""
