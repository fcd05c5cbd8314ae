# Built in one image, run in a small one: `docker build -t latchkey .`
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# SQLite is C: cgo is on, and the result is linked statically so that it runs on any image.
RUN CGO_ENABLED=1 go build -trimpath \
    -tags timetzdata,netgo,osusergo,sqlite_omit_load_extension \
    -ldflags '-s -w -linkmode external -extldflags "-static"' \
    -o /latchkey . \
 && mkdir /data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /latchkey /latchkey
COPY --from=build --chown=65532:65532 /data /data
ENV LATCHKEY_DATA=/data LATCHKEY_ADDR=:8080
USER 65532:65532
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s CMD ["/latchkey", "health"]
ENTRYPOINT ["/latchkey"]
