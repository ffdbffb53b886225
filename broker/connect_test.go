package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"hearpipe/stages"
)

// serve runs a server with options of its own.
func serve(t *testing.T, o *server.Options) string {
	t.Helper()
	o.Host, o.Port, o.NoLog, o.NoSigs = "127.0.0.1", server.RANDOM_PORT, true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(serverStart) {
		t.Fatal("the server does not start")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s.ClientURL()
}

func file(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// admitted connects with right and then with wrong credentials.
func admitted(t *testing.T, right, wrong ConnectParams) {
	t.Helper()
	c, err := Connect(context.Background(), right)
	if err != nil {
		t.Fatalf("right credentials: %v", err)
	}
	if err := c.NATS().FlushTimeout(time.Second); err != nil {
		t.Error(err)
	}
	c.Close()
	c, err = Connect(context.Background(), wrong)
	if err == nil {
		c.Close()
		t.Fatal("wrong credentials were accepted")
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells a secret: %v", err)
	}
}

func TestUserAndPassword(t *testing.T) {
	url := serve(t, &server.Options{Username: "ear", Password: "secret"})
	admitted(t, ConnectParams{URL: url, User: "ear", Password: "secret"}, ConnectParams{URL: url, User: "ear", Password: "secret?"})
	inside := strings.Replace(url, "://", "://ear:secret@", 1)
	admitted(t, ConnectParams{URL: inside}, ConnectParams{URL: strings.Replace(inside, "secret", "secrets", 1)})
}

func TestToken(t *testing.T) {
	s := start(t, ServerParams{})
	admitted(t, ConnectParams{URL: s.Address(), Token: s.Token()}, ConnectParams{URL: s.Address(), Token: "secret"})
	admitted(t, ConnectParams{URL: s.URL()}, ConnectParams{URL: s.Address()})
}

func seed(t *testing.T, k nkeys.KeyPair) []byte {
	t.Helper()
	b, err := k.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func public(t *testing.T, k nkeys.KeyPair) string {
	t.Helper()
	s, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func pair(t *testing.T, make func() (nkeys.KeyPair, error)) nkeys.KeyPair {
	t.Helper()
	k, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestNKey(t *testing.T) {
	known, unknown := pair(t, nkeys.CreateUser), pair(t, nkeys.CreateUser)
	url := serve(t, &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public(t, known)}}})
	admitted(t, ConnectParams{URL: url, NKey: file(t, "a.nk", seed(t, known))}, ConnectParams{URL: url, NKey: file(t, "b.nk", seed(t, unknown))})
}

func TestCredentialsFile(t *testing.T) {
	operator, account := pair(t, nkeys.CreateOperator), pair(t, nkeys.CreateAccount)
	claims := jwt.NewAccountClaims(public(t, account))
	text, err := claims.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(public(t, account), text); err != nil {
		t.Fatal(err)
	}
	url := serve(t, &server.Options{TrustedKeys: []string{public(t, operator)}, AccountResolver: resolver})
	creds := func(signer nkeys.KeyPair) string {
		user := pair(t, nkeys.CreateUser)
		u := jwt.NewUserClaims(public(t, user))
		token, err := u.Encode(signer)
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.FormatUserConfig(token, seed(t, user))
		if err != nil {
			t.Fatal(err)
		}
		return file(t, "user.creds", text)
	}
	admitted(t, ConnectParams{URL: url, Credentials: creds(account)}, ConnectParams{URL: url, Credentials: creds(pair(t, nkeys.CreateAccount))})
}

// authority makes a certificate that signs itself and one that it signs.
func authority(t *testing.T) (ca []byte, cert tls.Certificate, certPEM, keyPEM []byte) {
	t.Helper()
	make := func(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return key, der
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour),
	}
	rootKey, rootDER := make(root, root, nil)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, NotAfter: time.Now().Add(time.Hour),
	}
	key, der := make(leaf, root, rootKey)
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER})
	certPEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	if cert, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return ca, cert, certPEM, keyPEM
}

func TestTLSWithCertificatesOnBothSides(t *testing.T) {
	ca, cert, certPEM, keyPEM := authority(t)
	other, _, _, _ := authority(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	url := serve(t, &server.Options{TLS: true, TLSVerify: true, TLSTimeout: 5, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}})
	url = strings.Replace(url, "nats://", "tls://", 1)
	right := ConnectParams{URL: url, CA: file(t, "ca.pem", ca), Cert: file(t, "cert.pem", certPEM), Key: file(t, "key.pem", keyPEM)}
	stranger := right
	stranger.CA = file(t, "other.pem", other)
	admitted(t, right, stranger)
	if _, err := Connect(context.Background(), stranger); err == nil || !strings.Contains(err.Error(), "want a file with the certificates of its authorities") {
		t.Errorf("error %v", err)
	}
	anonymous := right
	anonymous.Cert, anonymous.Key = "", ""
	admitted(t, right, anonymous)
}

func TestImpossibleConnectionsAreRefused(t *testing.T) {
	for want, p := range map[string]ConnectParams{
		"no address":           {URL: "::"},
		"want nats://":         {URL: "http://127.0.0.1"},
		"more than one":        {URL: "nats://127.0.0.1", User: "a", Token: "b"},
		"want both":            {URL: "nats://127.0.0.1", Cert: "a.pem"},
		"credentials":          {URL: "nats://127.0.0.1", Credentials: "missing.creds"},
		"nkey":                 {URL: "nats://127.0.0.1", NKey: "missing.nk"},
		"authorities":          {URL: "nats://127.0.0.1", CA: "missing.pem"},
		"no server answers":    {URL: "nats://secret@127.0.0.1:1"},
		"nats://127.0.0.1:1: ": {URL: "nats://secret@127.0.0.1:1"},
	} {
		c, err := Connect(context.Background(), p)
		if err == nil {
			c.Close()
			t.Fatalf("%+v was accepted", p)
		}
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %q, want %q and no secret", err, want)
		}
	}
}

func TestSubjectsAreValidated(t *testing.T) {
	for _, s := range []Subject{{Pipeline: "a", Node: "b"}, {Prefix: "lab.ear-1", Pipeline: "simple-anf", Node: "net_spikes"}} {
		if err := s.Check(); err != nil {
			t.Error(err)
		}
	}
	for want, s := range map[string]Subject{
		"empty":      {Node: "b"},
		`"a b"`:      {Pipeline: "a b", Node: "b"},
		`"*"`:        {Pipeline: "a", Node: "*"},
		`'ü'`:        {Pipeline: "a", Node: "ü"},
		"a token is": {Prefix: "a..b", Pipeline: "a", Node: "b"},
		"at most":    {Pipeline: strings.Repeat("a", 300), Node: "b"},
	} {
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want %s", s, err, want)
		}
	}
	for pattern, ok := range map[string]bool{
		"hearpipe.*.*.spikes": true, "hearpipe.>": true, ">": true, "a": true,
		"": false, "a..b": false, "a.>.b": false, "a.b*": false, "a b": false, ".a": false,
	} {
		if err := CheckPattern(pattern); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	if s, err := ControlSubject("", "ear"); err != nil || s != "hearpipe.ear.control" {
		t.Errorf("%s, %v", s, err)
	}
}

func TestServerLeavesANoteForItsUserOnly(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "notes")
	s, err := StartServer(ServerParams{Note: folder})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.Note())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the note has the rights %v", info.Mode().Perm())
	}
	if s.Token() == "" || len(s.Token()) < 32 {
		t.Errorf("token %q", s.Token())
	}
	if !strings.HasPrefix(s.Address(), "nats://127.0.0.1:") {
		t.Errorf("it listens at %s", s.Address())
	}
	// A note of a server that is gone, older and younger.
	file := filepath.Join(folder, "1-1"+noteSuffix)
	if err := os.WriteFile(file, []byte(`{"url":"nats://127.0.0.1:1","token":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// One of a port where something listens that says nothing: it may be a server that is slow.
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	slow := filepath.Join(folder, "2-2"+noteSuffix)
	if err := os.WriteFile(slow, []byte(`{"url":"nats://`+silent.Addr().String()+`","token":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := FindServer(context.Background(), folder)
	if err != nil || p.URL != s.Address() || p.Token != s.Token() {
		t.Errorf("found %q, %v", p.URL, err)
	}
	s.Close()
	if _, err := os.Stat(s.Note()); err == nil {
		t.Error("the note is still there")
	}
	if _, err := FindServer(context.Background(), folder); err == nil {
		t.Error("a server was found after its end")
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the note of a server that is gone is still there")
	}
	if _, err := os.Stat(slow); err != nil {
		t.Error("the note of a server that may be slow was removed")
	}
}

// A hub without a server starts one, and tells.
func TestHubBringsItsOwnServer(t *testing.T) {
	var told *Server
	folder := t.TempDir()
	h := NewHub(HubParams{Server: ServerParams{Note: folder}, Started: func(s *Server) { told = s }})
	defer h.Close()
	if told != nil {
		t.Fatal("the server runs before anybody needs it")
	}
	sink, err := NewFrameSink(frameStream(t, 1000, nil), h, SinkParams{Subject: anf})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	if told == nil {
		t.Fatal("nobody was told of the server")
	}
	other := NewHub(HubParams{Server: ServerParams{Note: folder}})
	defer other.Close()
	c, err := other.Subscribing(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if c.NATS().ConnectedUrl() == "" {
		t.Error("not connected")
	}
}

// Somebody with a bare client and a JSON parser understands the JSON form.
func TestPlainClientUnderstandsJSON(t *testing.T) {
	srv := start(t, ServerParams{})
	nc, err := nats.Connect(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sub, err := nc.SubscribeSync("hearpipe.ear.anf.spikes")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	sink, err := NewSpikeSink(spikeStream(t, 1000, nil), hubOf(t, srv), SinkParams{Subject: anf, PublisherParams: PublisherParams{Form: JSON}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stages.Run(context.Background(), stages.RunOptions{Block: 100}, sink); err != nil {
		t.Fatal(err)
	}
	var got []stages.Spike
	for end := int64(0); ; {
		m, err := sub.NextMsg(2 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var block struct {
			Start, End int64
			Rate       float64
			Last       bool
			At         []int64
			Cell       []int32
		}
		if err := json.Unmarshal(m.Data, &block); err != nil {
			t.Fatal(err)
		}
		if block.Start != end || block.Rate != rate || m.Header.Get("Content-Type") != "application/json" || m.Header.Get("Hearpipe-Kind") != "spikes" {
			t.Fatalf("%+v after frame %d, headers %v", block, end, m.Header)
		}
		for i, at := range block.At {
			got = append(got, stages.Spike{At: at, Cell: block.Cell[i]})
		}
		if end = block.End; block.Last {
			break
		}
	}
	same(t, got, spikesOf(0, 1000))
}

func TestServerSaysWhyItCannotBegin(t *testing.T) {
	began := time.Now()
	_, err := StartServer(ServerParams{Store: file(t, "taken", nil)})
	if err == nil || !strings.Contains(err.Error(), "the folder for what JetStream keeps cannot be used") {
		t.Errorf("error %v", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := StartServer(ServerParams{Port: taken.Addr().(*net.TCPAddr).Port}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	folder := filepath.Join(t.TempDir(), "new", "store")
	start(t, ServerParams{Store: folder}).Close()
	if list, err := os.ReadDir(folder); err != nil || len(list) != 1 || list[0].Name() != "jetstream" {
		t.Errorf("%v, %v", list, err)
	}
}
