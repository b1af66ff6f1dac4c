FROM sockshop-stand-in/debian
RUN groupadd -g 70 pg && useradd -u 70 -g 70 -d /var/lib/postgresql pg && install -d -o 70 -g 70 /var/lib/postgresql/data
COPY native /opt/postgresql
COPY postgres-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["bash", "/usr/local/bin/postgres-entrypoint.sh"]
