//! One API for the phone numbers you hold at every carrier: the library.
