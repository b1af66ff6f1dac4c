// Dapr's sidecar with its stable components and two more, which otherwise come only with Dapr's complete
// component set. With the SQLite name resolver sidecars find each other through a file of their own shop,
// instead of calling out by multicast to every machine (and every other shop) on the network. The name
// format is how they do it in docker-compose.yml, where the official daprd can be had and an app is a host.
package main

import (
	"context"
	"sync"
	"time"

	"github.com/dapr/components-contrib/nameresolution"
	"github.com/dapr/components-contrib/nameresolution/nameformat"
	"github.com/dapr/components-contrib/nameresolution/sqlite"
	"github.com/dapr/dapr/cmd/daprd/app"
	loader "github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/kit/logger"
)

func main() {
	loader.DefaultRegistry.RegisterComponent(func(log logger.Logger) nameresolution.Resolver {
		return &remembering{Resolver: sqlite.NewResolver(log)}
	}, "sqlite")
	loader.DefaultRegistry.RegisterComponent(nameformat.NewResolver, "nameformat")
	app.Run()
}

// remembering spares most calls a query, which would cost a third of a sidecar's work for a call.
type remembering struct {
	nameresolution.Resolver
	known sync.Map
}

type answer struct {
	address string
	until   time.Time
}

func (r *remembering) ResolveID(ctx context.Context, request nameresolution.ResolveRequest) (string, error) {
	if known, ok := r.known.Load(request.ID); ok && time.Now().Before(known.(answer).until) {
		return known.(answer).address, nil
	}
	address, err := r.Resolver.ResolveID(ctx, request)
	if err == nil {
		r.known.Store(request.ID, answer{address, time.Now().Add(time.Second)})
	}
	return address, err
}
