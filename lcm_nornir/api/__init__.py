"""The LCM API over HTTP (extra ``api``)."""
