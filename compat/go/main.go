// Command compat-go drives one of Go's Postgres clients: compat-go pgx, pq or gorm.
package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
)

func main() {
	clients := map[string]func(string){"pgx": drivePgx, "pq": drivePq, "gorm": driveGorm}
	drive := clients[strings.Join(os.Args[1:], " ")]
	if drive == nil {
		fmt.Fprintln(os.Stderr, "compat-go pgx | pq | gorm")
		os.Exit(2)
	}
	drive(os.Getenv("DATABASE_URL"))
}

// check runs one check and prints its line.
func check(name string, work func() error) {
	if err := work(); err != nil {
		fmt.Printf("FAIL %s: %s\n", name, strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	fmt.Println("ok", name)
}

// version prints the version of a module that was built in.
func version(name, module string) {
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		if m.Path == module {
			fmt.Println("version", name, m.Version)
		}
	}
}

func equal(got, want any) error {
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}
