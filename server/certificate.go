package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Values of Config.TLS.
const (
	tlsSelfSigned = "self-signed"
	tlsOff        = "off"
)

// Names of a certificate made by the server itself, in the data directory; they are PostgreSQL's.
const (
	certificateFile = "server.crt"
	keyFile         = "server.key"
)

// loadTLS reads the certificate that Config names, nil where it names none. A self-signed one is made at the first start
// and kept, so that clients who have pinned it go on trusting it.
func (e *Engine) loadTLS() (*tls.Config, error) {
	cert, key := e.config.TLSCertificate, e.config.TLSKey
	switch {
	case (cert == "") != (key == ""):
		return nil, errors.New("tls-cert and tls-key go together: a certificate and its private key, in PEM files")
	case cert != "":
	case e.config.TLS == tlsSelfSigned:
		cert, key = filepath.Join(e.config.DataDir, certificateFile), filepath.Join(e.config.DataDir, keyFile)
		if err := makeCertificate(cert, key); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate %s and key %s: %w", cert, key, err)
	}
	if e.certificate, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
		return nil, fmt.Errorf("read the TLS certificate %s: %w", cert, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// makeCertificate makes a key and a certificate for this machine's names, unless they are there. The certificate is
// written last: where it is, the key is too.
func makeCertificate(certPath, keyPath string) error {
	if _, err := os.Stat(certPath); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make a TLS key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fmt.Errorf("make a TLS certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "segue"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, // so that it serves as its own root: sslrootcert=server.crt
	}
	if host, err := os.Hostname(); err == nil {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make a TLS certificate: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make a TLS key: %w", err)
	}
	if err := writePEM(keyPath, "PRIVATE KEY", private, 0o600); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", der, 0o644)
}

// writePEM writes a file whole or not at all.
func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	err = pem.Encode(f, &pem.Block{Type: kind, Bytes: der})
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
