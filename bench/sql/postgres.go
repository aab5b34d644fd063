package main

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

// postgresConf gives PostgreSQL what an administrator would: memory enough for the tables, its locale C and no JIT,
// which is slower on queries of this length. Everything else, parallel workers among it, is as it comes.
const postgresConf = `
shared_buffers = 1GB
work_mem = 256MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
fsync = on
synchronous_commit = on
full_page_writes = on
jit = off
autovacuum = on
`

// startPostgres makes a cluster and runs it, as the user postgres when we are root: it refuses to run as root.
func startPostgres(ctx context.Context, o options) (*rival, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data, socket := filepath.Join(o.dir, "postgres"), filepath.Join(o.dir, "postgres-socket")
	r := &rival{name: "PostgreSQL", socketDir: socket, port: port, user: "postgres", db: "postgres",
		log: filepath.Join(o.dir, "postgres.log")}
	for _, dir := range []string{data, socket} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	attr, err := unprivileged(data, socket)
	if err != nil {
		return nil, err
	}
	init := exec.CommandContext(ctx, filepath.Join(o.pgBin, "initdb"), "-D", data, "-A", "trust", "-U", "postgres",
		"--locale=C", "--encoding=UTF8")
	init.SysProcAttr, init.Dir = attr, data
	if out, err := init.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	if _, err := conf.WriteString(postgresConf); err != nil {
		return nil, err
	}
	if err := conf.Close(); err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(o.pgBin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", socket, "-h", "127.0.0.1")
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
