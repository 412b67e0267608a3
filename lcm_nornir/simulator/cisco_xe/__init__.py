"""Cisco IOS-XE on Catalyst 9000: install mode and bundle mode, one box or a stack."""
