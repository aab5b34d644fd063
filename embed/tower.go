package embed

// tower is a graph of a model, which is loaded when it is used (sessions).
type tower struct {
	loading chan struct{} // a mutex that can be waited for with a context: who loads it holds it
}

func newTower() tower { return tower{loading: make(chan struct{}, 1)} }
