"""The ``[secure_xcom]`` section and the routes file as frozen values."""
