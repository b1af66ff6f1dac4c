FROM sockshop-stand-in/debian
RUN install -d -o 999 -g 1000 /data
WORKDIR /data
