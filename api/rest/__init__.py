"""The API over HTTP: the same questions and bodies as the command line, described by OpenAPI, errors by RFC 9457."""
