// Dapr's sidecar with its stable components and one more: the SQLite name resolver, which otherwise comes
// only with Dapr's complete component set. With it sidecars find each other through a file of their own
// shop, instead of calling out by multicast to every machine (and every other shop) on the network.
package main

import (
	"github.com/dapr/components-contrib/nameresolution/sqlite"
	"github.com/dapr/dapr/cmd/daprd/app"
	nameresolution "github.com/dapr/dapr/pkg/components/nameresolution"
)

func main() {
	nameresolution.DefaultRegistry.RegisterComponent(sqlite.NewResolver, "sqlite")
	app.Run()
}
