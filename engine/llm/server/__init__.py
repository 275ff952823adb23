"""A server that speaks the OpenAI protocol: address, connection, requests, answers, errors."""
