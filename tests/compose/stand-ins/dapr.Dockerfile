FROM sockshop-stand-in/debian
COPY daprd placement scheduler sentry /
