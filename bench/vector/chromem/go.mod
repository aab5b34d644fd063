module github.com/seguedb/segue/bench/vector/chromem

go 1.25

require github.com/philippgille/chromem-go v0.7.0
