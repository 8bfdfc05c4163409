"""Files that ad platforms and CRM systems accept, for the people of a segment who agreed to be contacted.

The only package besides the pseudonymiser that sees an e-mail address or a phone number. Nothing here sends anything.
"""
