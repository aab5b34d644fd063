package run

// Trigger is what a trigger's function is told.
type Trigger struct{}
