FROM sockshop-stand-in/debian
RUN groupadd -g 70 pg && useradd -u 70 -g 70 -d /var/lib/postgresql pg && install -d -o 70 -g 70 -m 1777 /var/lib/postgresql
COPY native /opt/postgresql
COPY postgres-entrypoint.sh /usr/local/bin/
# The real programs: on Debian's PATH each is a Perl script that looks for the right one.
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENTRYPOINT ["bash", "/usr/local/bin/postgres-entrypoint.sh"]
