package faiss

// #include "shim.h"
import "C"

import "fmt"

// Version returns the version of the FAISS that is linked in.
func Version() string {
	var v [3]C.int
	C.segue_faiss_version(&v[0])
	return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2])
}
