import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PSQLException;

/** pgjdbc: every call of DatabaseMetaData, types both ways, batches, fetch size, COPY, errors. */
public class Compat {
  interface Work {
    void run() throws Exception;
  }

  static Connection db;

  static void check(String name, Work work) {
    try {
      work.run();
      System.out.println("ok " + name);
    } catch (Throwable e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      cause.printStackTrace();
      System.out.println("FAIL " + name + ": " + String.valueOf(cause.getMessage()).replaceAll("\\s+", " "));
      try {
        if (!db.getAutoCommit()) db.rollback();
      } catch (SQLException ignored) {
      }
    }
  }

  static void equal(Object got, Object want) {
    if (!want.equals(got)) throw new AssertionError("got " + got + ", want " + want);
  }

  static void fails(String state, Work work) throws Exception {
    try {
      work.run();
    } catch (SQLException e) {
      equal(e.getSQLState(), state);
      return;
    }
    throw new AssertionError("no error, want " + state);
  }

  static void exec(String sql) throws SQLException {
    try (Statement s = db.createStatement()) {
      s.execute(sql);
    }
  }

  static Object one(String sql, Object... args) throws SQLException {
    try (PreparedStatement p = db.prepareStatement(sql)) {
      for (int i = 0; i < args.length; i++) p.setObject(i + 1, args[i]);
      try (ResultSet r = p.executeQuery()) {
        r.next();
        return r.getObject(1);
      }
    }
  }

  static List<String> rows(ResultSet r, String... columns) throws SQLException {
    List<String> out = new ArrayList<>();
    try (r) {
      while (r.next()) {
        StringBuilder b = new StringBuilder();
        for (String c : columns) b.append(b.length() == 0 ? "" : "|").append(r.getString(c));
        out.add(b.toString());
      }
    }
    return out;
  }

  static Connection connect(String... settings) throws SQLException {
    Properties p = new Properties();
    p.put("user", System.getenv("PGUSER"));
    p.put("password", "compat");
    for (int i = 0; i < settings.length; i += 2) p.put(settings[i], settings[i + 1]);
    return DriverManager.getConnection(
        "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE"), p);
  }

  public static void main(String[] args) throws Exception {
    db = connect();
    System.out.println("version pgjdbc " + db.getMetaData().getDriverVersion());
    tables();
    types();
    work();
    transactions();
    metadata();
    everyCall();
    protocol();
  }

  static void tables() {
    check("create tables", () -> {
      exec("CREATE TABLE artist (id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, born date)");
      exec("COMMENT ON TABLE artist IS 'who plays'; COMMENT ON COLUMN artist.name IS 'as printed'");
      exec("CREATE TABLE album (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, artist_id int NOT NULL REFERENCES artist ON DELETE CASCADE,"
          + " title text NOT NULL, price numeric(8,2) DEFAULT 9.99 CHECK (price >= 0), made timestamptz DEFAULT now(), tags text[], info jsonb)");
      exec("CREATE UNIQUE INDEX album_title ON album (artist_id, title)");
    });
    check("create a view", () -> exec("CREATE VIEW dear AS SELECT title FROM album WHERE price > 10"));
  }

  static void types() {
    Object[][] values = {
      {"int4", 42}, {"int8", 1L << 60}, {"float8", 0.1}, {"float4", 1.5f}, {"bool", true}, {"numeric", new BigDecimal("-12345678901234567890.12345")}, {"text", "ü'\\\uD83C\uDFB5"},
      {"varchar", ""}, {"uuid", new UUID(1, 2)}, {"date", Date.valueOf("2024-02-29")}, {"timestamp", Timestamp.valueOf("2024-02-29 12:34:56.123456")},
    };
    for (Object[] v : values) {
      check("round trip of " + v[0], () -> {
        for (int i = 0; i < 7; i++) equal(one("SELECT ?::" + v[0], v[1]), v[1]); // the sixth comes in binary
        equal(String.valueOf(one("SELECT NULL::" + v[0])), "null");
      });
    }
    check("java.time", () -> {
      try (PreparedStatement p = db.prepareStatement("SELECT ?::date, ?::timestamp, ?::timestamptz, ?::time")) {
        OffsetDateTime at = OffsetDateTime.of(2024, 2, 29, 1, 2, 3, 456000, ZoneOffset.UTC);
        p.setObject(1, LocalDate.of(1970, 1, 1));
        p.setObject(2, at.toLocalDateTime());
        p.setObject(3, at);
        p.setObject(4, at.toLocalTime());
        try (ResultSet r = p.executeQuery()) {
          r.next();
          equal(r.getObject(1, LocalDate.class), LocalDate.of(1970, 1, 1));
          equal(r.getObject(2, LocalDateTime.class), at.toLocalDateTime());
          equal(r.getObject(3, OffsetDateTime.class).toInstant(), at.toInstant());
          equal(r.getObject(4, java.time.LocalTime.class), at.toLocalTime());
        }
      }
    });
    check("arrays", () -> {
      Array a = db.createArrayOf("text", new String[] {"a,b", "c\"d", null});
      equal(Arrays.asList((String[]) ((Array) one("SELECT ?::text[]", a)).getArray()), Arrays.asList("a,b", "c\"d", null));
      Array n = (Array) one("SELECT ARRAY[[1,2],[3,4]]");
      equal(((Integer[][]) n.getArray())[1][0], 3);
      try (ResultSet r = ((Array) one("SELECT ARRAY[10,20]::int8[]")).getResultSet()) {
        r.next();
        equal(r.getLong(2), 10L);
      }
    });
    check("bytea and streams", () -> {
      try (PreparedStatement p = db.prepareStatement("SELECT ?::bytea, ?::text")) {
        p.setBinaryStream(1, new ByteArrayInputStream(new byte[] {0, -1}), 2);
        p.setCharacterStream(2, new StringReader("chars"));
        try (ResultSet r = p.executeQuery()) {
          r.next();
          equal(r.getBytes(1)[1], (byte) -1);
          equal(r.getString(2), "chars");
        }
      }
    });
    check("json, interval, setNull, PGobject", () -> {
      org.postgresql.util.PGobject o = new org.postgresql.util.PGobject();
      o.setType("jsonb");
      o.setValue("{\"a\": 1}");
      equal(one("SELECT ?", o).toString(), "{\"a\": 1}");
      equal(((org.postgresql.util.PGInterval) one("SELECT interval '1 year 2 days 3.5 s'")).getSeconds(), 3.5);
      try (PreparedStatement p = db.prepareStatement("SELECT ?::int IS NULL")) {
        p.setNull(1, Types.INTEGER);
        try (ResultSet r = p.executeQuery()) {
          r.next();
          equal(r.getBoolean(1), true);
        }
      }
    });
  }

  static void work() {
    check("generated keys", () -> {
      for (String name : new String[] {"Can", "Neu!"}) {
        try (PreparedStatement p = db.prepareStatement("INSERT INTO artist (name) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
          p.setString(1, name);
          equal(p.executeUpdate(), 1);
          try (ResultSet k = p.getGeneratedKeys()) {
            k.next();
            equal(k.getString("name"), name);
          }
        }
      }
      try (PreparedStatement p = db.prepareStatement("INSERT INTO artist (name) VALUES ('Faust')", new String[] {"id"})) {
        p.executeUpdate();
        equal(rows(p.getGeneratedKeys(), "id"), List.of("3"));
      }
    });
    for (String rewrite : new String[] {"false", "true"}) {
      check("batch, reWriteBatchedInserts=" + rewrite, () -> {
        try (Connection c = connect("reWriteBatchedInserts", rewrite)) {
          c.setAutoCommit(false);
          try (PreparedStatement p = c.prepareStatement("INSERT INTO album (artist_id, title, price, tags) VALUES (?, ?, ?, ?)")) {
            for (int i = 0; i < 500; i++) {
              p.setInt(1, 1 + i % 3);
              p.setString(2, rewrite + i);
              p.setBigDecimal(3, BigDecimal.valueOf(i, 1));
              p.setArray(4, c.createArrayOf("text", new String[] {"a"}));
              p.addBatch();
            }
            equal(p.executeBatch().length, 500);
          }
          c.commit();
        }
      });
    }
    check("a batch that fails", () -> {
      try (Statement s = db.createStatement()) {
        s.addBatch("INSERT INTO artist (name) VALUES ('x')");
        s.addBatch("INSERT INTO artist (name) VALUES ('Can')");
        fails("23505", s::executeBatch);
      }
    });
    check("fetch size", () -> {
      db.setAutoCommit(false);
      try (Statement s = db.createStatement()) {
        s.setFetchSize(64);
        equal(rows(s.executeQuery("SELECT id FROM album ORDER BY id"), "id").size(), 1000);
        s.setMaxRows(10);
        equal(rows(s.executeQuery("SELECT id FROM album"), "id").size(), 10);
      }
      db.commit();
      db.setAutoCommit(true);
    });
    check("scrollable and updatable", () -> {
      try (Statement s = db.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE); ResultSet r = s.executeQuery("SELECT id, name FROM artist ORDER BY id")) {
        r.absolute(2);
        r.updateString("name", "NEU!");
        r.updateRow();
        r.moveToInsertRow();
        r.updateString("name", "Cluster");
        r.insertRow();
        r.last();
      }
      equal(one("SELECT name FROM artist WHERE id = 2"), "NEU!");
    });
    check("result set metadata", () -> {
      try (Statement s = db.createStatement(); ResultSet r = s.executeQuery("SELECT a.name AS n, b.price, b.id, count(*) OVER () c FROM artist a JOIN album b ON b.artist_id = a.id LIMIT 1")) {
        ResultSetMetaData m = r.getMetaData();
        equal(List.of(m.getColumnName(1), m.getColumnTypeName(1), m.getPrecision(1), m.getScale(2), m.isNullable(1), m.isAutoIncrement(3), m.getTableName(2), m.getColumnClassName(4)),
            List.of("n", "varchar", 80, 2, ResultSetMetaData.columnNoNulls, true, "album", "java.lang.Long"));
        equal(((org.postgresql.PGResultSetMetaData) m).getBaseColumnName(1), "name");
      }
    });
    check("parameter metadata", () -> {
      try (PreparedStatement p = db.prepareStatement("SELECT * FROM album WHERE id = ? AND title = ? AND made > ?")) {
        ParameterMetaData m = p.getParameterMetaData();
        equal(List.of(m.getParameterTypeName(1), m.getParameterTypeName(2), m.getParameterTypeName(3)), List.of("int8", "text", "timestamptz"));
      }
    });
    check("escapes and functions", () -> {
      equal(one("SELECT {fn concat('a', {fn ucase('b')})}"), "aB");
      equal(one("SELECT {d '2024-01-02'}").toString(), "2024-01-02");
      equal(one("SELECT {fn timestampadd(SQL_TSI_DAY, 1, {ts '2024-01-01 00:00:00'})}").toString(), "2024-01-02 00:00:00.0");
      try (CallableStatement c = db.prepareCall("{? = call upper(?)}")) {
        c.registerOutParameter(1, Types.VARCHAR);
        c.setString(2, "abc");
        c.execute();
        equal(c.getString(1), "ABC");
      }
    });
    check("COPY", () -> {
      CopyManager copy = db.unwrap(PGConnection.class).getCopyAPI();
      equal(copy.copyIn("COPY album (artist_id, title) FROM STDIN WITH (FORMAT csv)", new StringReader("1,\"a, b\"\n2,c\n")), 2L);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      equal(copy.copyOut("COPY (SELECT title FROM album WHERE id > 1000 ORDER BY id) TO STDOUT", out), 2L);
      equal(out.toString(StandardCharsets.UTF_8), "a, b\nc\n");
      fails("22P02", () -> copy.copyIn("COPY album (artist_id, title) FROM STDIN", new StringReader("x\ty\n")));
    });
    check("several results", () -> {
      try (Statement s = db.createStatement()) {
        equal(s.execute("SELECT 1; UPDATE artist SET born = born; SELECT 2"), true);
        equal(s.getMoreResults(), false);
        equal(s.getUpdateCount() >= 3, true);
        equal(s.getMoreResults(), true);
      }
    });
  }

  static void transactions() {
    check("savepoints and isolation", () -> {
      db.setAutoCommit(false);
      for (int level : new int[] {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE, Connection.TRANSACTION_READ_COMMITTED}) {
        db.setTransactionIsolation(level);
        equal(db.getTransactionIsolation(), level);
      }
      Savepoint p = db.setSavepoint("p");
      fails("23505", () -> exec("INSERT INTO artist (name) VALUES ('Can')"));
      fails("25P02", () -> exec("SELECT 1"));
      db.rollback(p);
      db.releaseSavepoint(p);
      db.commit();
      db.setReadOnly(true);
      fails("25006", () -> exec("DELETE FROM album"));
      db.rollback();
      db.setReadOnly(false);
      db.setAutoCommit(true);
    });
    check("autosave=always", () -> {
      try (Connection c = connect("autosave", "always"); Statement s = c.createStatement()) {
        c.setAutoCommit(false);
        fails("22012", () -> s.execute("SELECT 1/0"));
        s.execute("SELECT 1");
        c.commit();
      }
    });
    check("an error's fields", () -> {
      try {
        exec("INSERT INTO album (artist_id, title) VALUES (99, 'x')");
      } catch (PSQLException e) {
        var m = e.getServerErrorMessage();
        equal(List.of(e.getSQLState(), m.getTable(), m.getConstraint(), m.getSchema(), m.getDetail()),
            List.of("23503", "album", "album_artist_id_fkey", "public", "Key (artist_id)=(99) is not present in table \"artist\"."));
        return;
      }
      throw new AssertionError("no error");
    });
  }

  static void metadata() throws SQLException {
    DatabaseMetaData m = db.getMetaData();
    check("getTables", () -> {
      equal(rows(m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME", "TABLE_TYPE", "REMARKS"),
          List.of("album|TABLE|null", "artist|TABLE|who plays", "dear|VIEW|null"));
    });
    check("getColumns", () -> equal(
        rows(m.getColumns(null, "public", "album", "%"), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "IS_NULLABLE", "COLUMN_DEF", "IS_AUTOINCREMENT", "IS_GENERATEDCOLUMN"),
        List.of("id|int8|19|NO|null|YES|NO", "artist_id|int4|10|NO|null|NO|NO", "title|text|2147483647|NO|null|NO|NO", "price|numeric|8|YES|9.99|NO|NO",
            "made|timestamptz|35|YES|now()|NO|NO", "tags|_text|2147483647|YES|null|NO|NO", "info|jsonb|2147483647|YES|null|NO|NO")));
    check("getPrimaryKeys", () -> equal(rows(m.getPrimaryKeys(null, "public", "album"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), List.of("id|1|album_pkey")));
    check("getImportedKeys", () -> equal(rows(m.getImportedKeys(null, "public", "album"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "DELETE_RULE", "FK_NAME", "PK_NAME"),
        List.of("artist|id|artist_id|0|album_artist_id_fkey|artist_pkey")));
    check("getExportedKeys", () -> equal(rows(m.getExportedKeys(null, "public", "artist"), "FKTABLE_NAME"), List.of("album")));
    check("getCrossReference", () -> equal(rows(m.getCrossReference(null, null, "artist", null, null, "album"), "FKCOLUMN_NAME"), List.of("artist_id")));
    check("getIndexInfo", () -> equal(new TreeSet<>(rows(m.getIndexInfo(null, "public", "album", false, true), "INDEX_NAME", "NON_UNIQUE", "COLUMN_NAME", "ORDINAL_POSITION")),
        new TreeSet<>(List.of("album_pkey|f|id|1", "album_title|f|artist_id|1", "album_title|f|title|2"))));
    check("getSchemas", () -> equal(rows(m.getSchemas(), "TABLE_SCHEM").containsAll(List.of("information_schema", "pg_catalog", "public")), true));
    check("getTypeInfo", () -> equal(rows(m.getTypeInfo(), "TYPE_NAME").containsAll(List.of("int4", "text", "timestamptz", "numeric", "bytea", "jsonb", "uuid")), true));
    check("getFunctions", () -> equal(rows(m.getFunctions(null, "pg_catalog", "lower"), "FUNCTION_NAME").contains("lower"), true));
    check("getFunctionColumns", () -> equal(rows(m.getFunctionColumns(null, "pg_catalog", "length", "%"), "TYPE_NAME").size() > 1, true));
    check("getTablePrivileges", () -> equal(rows(m.getTablePrivileges(null, "public", "album"), "PRIVILEGE").contains("SELECT"), true));
    check("getColumnPrivileges", () -> equal(rows(m.getColumnPrivileges(null, "public", "album", "title"), "PRIVILEGE").contains("UPDATE"), true));
    check("getBestRowIdentifier", () -> equal(rows(m.getBestRowIdentifier(null, "public", "album", 0, true), "COLUMN_NAME"), List.of("id")));
    check("getVersionColumns", () -> equal(rows(m.getVersionColumns(null, "public", "album"), "COLUMN_NAME").size(), 1));
    check("what it says of the server", () -> {
      equal(List.of(m.getDatabaseProductName(), m.getDatabaseMajorVersion(), m.getMaxColumnNameLength(), m.getUserName()), List.of("PostgreSQL", 15, 63, System.getenv("PGUSER")));
      equal(m.getSQLKeywords().contains("ilike"), true);
    });
  }

  /** Calls every method of DatabaseMetaData that takes no argument, or only strings: none may fail. */
  static void everyCall() throws SQLException {
    DatabaseMetaData m = db.getMetaData();
    for (Method f : DatabaseMetaData.class.getMethods()) {
      if (f.getParameterCount() > 0 && !Arrays.stream(f.getParameterTypes()).allMatch(t -> t == String.class)) continue;
      check("DatabaseMetaData." + f.getName() + "/" + f.getParameterCount(), () -> {
        try {
          if (f.invoke(m, new Object[f.getParameterCount()]) instanceof ResultSet r) rows(r);
        } catch (java.lang.reflect.InvocationTargetException e) {
          if (!(e.getCause() instanceof SQLFeatureNotSupportedException)) throw e;
        }
      });
    }
  }

  static void protocol() {
    check("simple protocol", () -> {
      try (Connection c = connect("preferQueryMode", "simple"); PreparedStatement p = c.prepareStatement("SELECT ?::int + 1, ?")) {
        p.setInt(1, 1);
        p.setString(2, "it's");
        try (ResultSet r = p.executeQuery()) {
          r.next();
          equal(r.getString(1) + r.getString(2), "2it's");
        }
      }
    });
    check("schema, client info, network timeout, validity", () -> {
      db.setClientInfo("ApplicationName", "compat");
      equal(one("SHOW application_name"), "compat");
      db.setSchema("pg_catalog");
      equal(db.getSchema(), "pg_catalog");
      db.setSchema("public");
      equal(db.isValid(2), true);
      equal(db.getCatalog(), System.getenv("PGDATABASE"));
    });
    check("query timeout cancels", () -> {
      try (Statement s = db.createStatement()) {
        s.setQueryTimeout(1);
        fails("57014", () -> s.execute("SELECT pg_sleep(20)"));
      }
    });
    check("notifications", () -> {
      exec("LISTEN news");
      exec("NOTIFY news, 'hello'");
      var n = db.unwrap(PGConnection.class).getNotifications(3000);
      equal(n[0].getName() + n[0].getParameter(), "newshello");
    });
    check("warnings", () -> {
      try (Statement s = db.createStatement()) {
        s.execute("DROP TABLE IF EXISTS nowhere");
        equal(s.getWarnings().getMessage(), "table \"nowhere\" does not exist, skipping");
      }
    });
    check("a plan that the schema outlived", () -> {
      try (PreparedStatement p = db.prepareStatement("SELECT * FROM artist WHERE id = ?")) {
        for (int i = 0; i < 8; i++) {
          if (i == 6) exec("ALTER TABLE artist ADD COLUMN country text DEFAULT 'de'");
          p.setInt(1, 1);
          try (ResultSet r = p.executeQuery()) {
            r.next();
            equal(r.getMetaData().getColumnCount(), i < 6 ? 3 : 4);
          }
        }
      }
    });
  }
}
