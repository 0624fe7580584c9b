"""The settings of the API; `gallery.settings` takes them all."""

from gallery.environment import env

__all__ = [
    "API_TOKEN_DAYS",
    "KNOX_TOKEN_MODEL",
    "MAX_TOKENS_PER_USER",
    "MAX_WEBHOOKS_PER_USER",
    "MIGRATION_MODULES",
    "REST_FRAMEWORK",
    "REST_KNOX",
    "SPECTACULAR_SETTINGS",
    "WEBHOOKS_TO_PRIVATE_ADDRESSES",
]

API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", 365)
MAX_TOKENS_PER_USER = env.int("MAX_TOKENS_PER_USER", 20)
MAX_WEBHOOKS_PER_USER = env.int("MAX_WEBHOOKS_PER_USER", 10)
WEBHOOKS_TO_PRIVATE_ADDRESSES = env.bool("WEBHOOKS_TO_PRIVATE_ADDRESSES", False)
KNOX_TOKEN_MODEL = "gallery.ApiToken"
# The token model is the gallery's own; the table of the one it replaces would only be in the way.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_MODEL": KNOX_TOKEN_MODEL, "TOKEN_PREFIX": "sg_"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "gallery.api.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gallery.api.parsing.Json"],
    "DEFAULT_FILTER_BACKENDS": [
        "gallery.api.filters.Filters",
        "gallery.api.filters.Ordering",
    ],
    "DEFAULT_PAGINATION_CLASS": "gallery.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "gallery.api.throttles.PersonThrottle",
        "gallery.api.throttles.VisitorThrottle",
        "gallery.api.throttles.WriteThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "person": env.str("API_RATE_PERSON", "1200/minute"),
        "visitor": env.str("API_RATE_VISITOR", "120/minute"),
        "write": env.str("API_RATE_WRITE", "120/minute"),
    },
    # As ALLAUTH_TRUSTED_PROXY_COUNT; unset, any visitor's word would be taken.
    "NUM_PROXIES": int(env.bool("BEHIND_PROXY", False)),
    "EXCEPTION_HANDLER": "gallery.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Style Gallery",
    "VERSION": "1",
    "DESCRIPTION": "Everything a page can do, for programs. Send `Authorization: Bearer TOKEN`; make tokens under "
    "your name, API tokens. Every refusal has the same form: type, message, fields.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "MethodEnum": "gallery.models.artworks.Artwork.Method",
        "ExperimentMethodEnum": "gallery.models.experiments.Experiment.Method",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
