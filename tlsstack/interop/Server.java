import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * TLS echo servers of JSSE, told what to do over stdin.
 *
 * <p>The one argument is a directory that holds NAME.pem and NAME.key (PKCS #8) for each
 * certificate, and ca.pem. Each line of stdin starts a server on a port of its own:
 *
 * <pre>listen keys=rsa,ecdsa [versions=TLSv1,TLSv1.2] [suites=...] [auth] [tickets]</pre>
 *
 * <p>Versions and suites are JSSE's defaults unless told; "auth" requires a client certificate,
 * "tickets" keeps sessions in tickets. The first certificate that fits the key exchange is used, but one that carries the client's
 * server name in its subjectAltName comes before. The answer is {@code listening PORT}. Of each
 * connection, named by the client's port, it then prints one of
 *
 * <pre>
 * handshake CLIENTPORT VERSION SUITE resumed=BOOL name=SNI client=SUBJECT
 * failed CLIENTPORT REASON
 * </pre>
 *
 * <p>and after a handshake
 *
 * <pre>closed CLIENTPORT by=client|server|error received=BYTES</pre>
 *
 * <p>All bytes are echoed; after a line CLOSE the server closes. It ends when stdin does.
 */
public final class Server {
  private static final byte[] CLOSE = {'\n', 'C', 'L', 'O', 'S', 'E', '\n'};
  private static final char[] NO_PASSWORD = {};

  private final Path dir;

  private Server(Path dir) {
    this.dir = dir;
  }

  public static void main(String[] args) throws Exception {
    // Before JSSE is first used: everything that it once could.
    for (String list : List.of("tls.disabledAlgorithms", "certpath.disabledAlgorithms", "tls.legacyAlgorithms")) {
      Security.setProperty("jdk." + list, "");
    }
    Server server = new Server(Path.of(args[0]));
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      Map<String, String> options = new HashMap<>();
      for (String word : line.split(" ")) {
        String[] pair = word.split("=", 2);
        options.put(pair[0], pair.length == 2 ? pair[1] : "");
      }
      server.listen(options);
    }
    System.exit(0);
  }

  /** Prints one line, whole, whatever the other threads print. */
  private static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  private void listen(Map<String, String> options) throws Exception {
    // Read whenever a context is made, so each server has its own.
    System.setProperty(
        "jdk.tls.server.enableSessionTicketExtension", Boolean.toString(options.containsKey("tickets")));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(new KeyManager[] {new ByName(keys(options.get("keys").split(",")))}, trust().getTrustManagers(), null);
    SSLServerSocket listener =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    if (options.containsKey("versions")) {
      listener.setEnabledProtocols(options.get("versions").split(","));
    }
    if (options.containsKey("suites")) {
      listener.setEnabledCipherSuites(options.get("suites").split(","));
    }
    listener.setNeedClientAuth(options.containsKey("auth"));
    start(() -> accept(listener));
    say("listening " + listener.getLocalPort());
  }

  private static void start(Runnable what) {
    Thread thread = new Thread(what);
    thread.setDaemon(true);
    thread.start();
  }

  private static void accept(ServerSocket listener) {
    while (true) {
      try {
        SSLSocket socket = (SSLSocket) listener.accept();
        start(() -> serve(socket));
      } catch (IOException e) {
        say("accept failed: " + e);
        return;
      }
    }
  }

  private static void serve(SSLSocket socket) {
    String id = Integer.toString(socket.getPort());
    // Sessions of earlier connections are older than this, new ones are not.
    long before = System.currentTimeMillis();
    while (System.currentTimeMillis() == before) {
      Thread.onSpinWait();
    }
    try (socket) {
      try {
        socket.setTcpNoDelay(true);
        socket.startHandshake();
      } catch (IOException e) {
        say("failed " + id + " " + e.getMessage());
        return;
      }
      SSLSession session = socket.getSession();
      say("handshake " + id + " " + session.getProtocol() + " " + session.getCipherSuite()
          + " resumed=" + (session.getCreationTime() <= before)
          + " name=" + serverName(session) + " client=" + client(session));
      echo(socket, id);
    } catch (IOException e) {
      say("close failed: " + e);
    }
  }

  private static void echo(SSLSocket socket, String id) {
    long received = 0;
    try {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[16384];
      byte[] tail = new byte[CLOSE.length];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        received += n;
        out.write(buffer, 0, n);
        tail = lastBytes(tail, buffer, n);
        if (Arrays.equals(tail, CLOSE)) {
          say("closed " + id + " by=server received=" + received);
          return;
        }
      }
      say("closed " + id + " by=client received=" + received);
    } catch (IOException e) {
      say("closed " + id + " by=error received=" + received + " " + e);
    }
  }

  /** The last bytes of a stream, given those until now and n more. */
  private static byte[] lastBytes(byte[] tail, byte[] more, int n) {
    byte[] all = Arrays.copyOf(tail, tail.length + n);
    System.arraycopy(more, 0, all, tail.length, n);
    return Arrays.copyOfRange(all, n, all.length);
  }

  private static String serverName(SSLSession session) {
    for (SNIServerName name : ((ExtendedSSLSession) session).getRequestedServerNames()) {
      if (name instanceof SNIHostName) {
        return ((SNIHostName) name).getAsciiName();
      }
    }
    return "-";
  }

  private static String client(SSLSession session) {
    try {
      return session.getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException e) {
      return "-";
    }
  }

  private Certificate[] certificates(String name) throws Exception {
    try (InputStream in = Files.newInputStream(dir.resolve(name + ".pem"))) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).toArray(new Certificate[0]);
    }
  }

  private KeyStore keys(String[] names) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (String name : names) {
      Certificate[] chain = certificates(name);
      String pem = Files.readString(dir.resolve(name + ".key")).replaceAll("-----[^-]*-----|\\s", "");
      PrivateKey key =
          KeyFactory.getInstance(chain[0].getPublicKey().getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
      store.setKeyEntry(name, key, NO_PASSWORD, chain);
    }
    return store;
  }

  private TrustManagerFactory trust() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    for (Certificate ca : certificates("ca")) {
      store.setCertificateEntry(((X509Certificate) ca).getSubjectX500Principal().getName(), ca);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory;
  }

  /** JSSE's own choice of a certificate, but by the client's server name where one carries it. */
  private static final class ByName extends X509ExtendedKeyManager {
    private final X509ExtendedKeyManager own;

    ByName(KeyStore store) throws Exception {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
      factory.init(store, NO_PASSWORD);
      own = (X509ExtendedKeyManager) factory.getKeyManagers()[0];
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
      String[] aliases = own.getServerAliases(keyType, issuers);
      if (aliases == null) {
        return null;
      }
      String wanted = serverName(((SSLSocket) socket).getHandshakeSession());
      for (String alias : aliases) {
        if (carries(own.getCertificateChain(alias)[0], wanted)) {
          return alias;
        }
      }
      return aliases[0];
    }

    private static boolean carries(X509Certificate certificate, String name) {
      try {
        for (List<?> entry : certificate.getSubjectAlternativeNames()) {
          if (entry.get(1).equals(name)) {
            return true;
          }
        }
      } catch (java.security.cert.CertificateParsingException e) {
        say("bad certificate: " + e);
      }
      return false;
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
      return own.getServerAliases(keyType, issuers);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.getCertificateChain(alias);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.getPrivateKey(alias);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
      return null;
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
      return null;
    }
  }
}
