package rival

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// StartPostgres makes a cluster in dir, configured by conf, and runs it with the programs in bin, as the user postgres when
// we are root: it refuses to run as root.
func StartPostgres(ctx context.Context, bin, dir, conf string) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data, socket := filepath.Join(dir, "postgres"), filepath.Join(dir, "postgres-socket")
	r := &Server{Name: "PostgreSQL", socketDir: socket, port: port, user: "postgres", db: "postgres",
		log: filepath.Join(dir, "postgres.log")}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, dir := range []string{data, socket} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	attr, err := unprivileged(data, socket)
	if err != nil {
		return nil, err
	}
	init := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres",
		"--locale=C", "--encoding=UTF8")
	init.SysProcAttr, init.Dir = attr, data
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	file, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if _, err := file.WriteString(conf); err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", socket, "-h", "127.0.0.1")
	cmd.SysProcAttr, cmd.Dir = attr, data
	return r, r.run(ctx, cmd)
}

// unprivileged gives directories to the user postgres, and the attributes of a process that is that user.
func unprivileged(dirs ...string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	for _, d := range dirs {
		if err := os.Chown(d, uid, gid); err != nil {
			return nil, err
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
