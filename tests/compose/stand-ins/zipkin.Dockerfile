FROM sockshop-stand-in/debian
COPY zipkin.jar /zipkin/zipkin.jar
ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar /zipkin/zipkin.jar"]
