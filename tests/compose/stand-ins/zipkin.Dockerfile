FROM sockshop-stand-in/debian
COPY zipkin.jar /zipkin/zipkin.jar
COPY healthy.sh /zipkin/healthy.sh
HEALTHCHECK --interval=30s --start-period=60s --timeout=8s CMD ["bash", "/zipkin/healthy.sh", "9411", "/health"]
ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar /zipkin/zipkin.jar"]
