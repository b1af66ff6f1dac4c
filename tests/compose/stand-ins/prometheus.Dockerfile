FROM sockshop-stand-in/debian
RUN install -d -o 65534 -g 65534 /prometheus
WORKDIR /prometheus
ENTRYPOINT ["prometheus"]
