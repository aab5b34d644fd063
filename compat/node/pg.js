// node-postgres: queries, types, errors, cursors, streams, COPY, notifications, a pool.
'use strict'
const { Client, Pool, types } = require('pg')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')
const copy = require('pg-copy-streams')
const { pipeline } = require('node:stream/promises')
const { Readable, Writable } = require('node:stream')
const { check, equal, raises, version, url, hasVector } = require('./check')

async function main() {
  version('pg')
  const db = new Client(url)
  await db.connect()

  await check('create tables by several statements', async () => {
    const r = await db.query(`CREATE TABLE artist (id serial PRIMARY KEY, name text UNIQUE NOT NULL);
      CREATE TABLE album (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, artist_id int REFERENCES artist ON DELETE CASCADE,
        title text NOT NULL, price numeric(8,2), released date, made timestamptz DEFAULT now(), tags text[], info jsonb, cover bytea, ratio float8);
      SELECT 1 AS one`)
    equal(r.map((x) => x.command), ['CREATE', 'CREATE', 'SELECT'])
  })

  const at = new Date('2024-02-29T12:34:56.789Z')
  for (const [type, value, want = value] of [
    ['int4', 42], ['int8', '9007199254740993'], ['float8', 0.1], ['numeric', '123456789.000000001'], ['bool', true], ['text', 'ü \\ \' 🎵'], ['timestamptz', at],
    ['bytea', Buffer.from([0, 255, 92])], ['jsonb', { a: [1, null, 'x'] }], ['json', { a: 1 }], ['int4[]', [1, null, 3]], ['text[]', ['a,b', 'c"d\\', null, '']],
    ['text[]', [['a', 'b'], ['c', 'd']]], ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'], ['float4', 1.5], ['int2', -5], ['name', 'n'], ['oid', 5], ['timestamptz[]', [at]], ['bool[]', [true, false]],
  ]) {
    await check(`round trip of ${type} ${JSON.stringify(value).slice(0, 20)}`, async () => {
      equal((await db.query(`SELECT $1::${type} AS v`, [value])).rows, [{ v: want }])
      equal((await db.query(`SELECT NULL::${type} AS v`)).rows, [{ v: null }])
    })
  }
  await check('binary results', async () => {
    const c = new Client({ connectionString: url, binary: true })
    await c.connect()
    equal((await c.query('SELECT 1::int4 AS a, 2.5::float8 AS b, true AS c, \'x\'::text AS d, $1::int8 AS e', ['7'])).rows, [{ a: 1, b: 2.5, c: true, d: 'x', e: '7' }])
    await c.end()
  })
  await check('date and interval', async () => {
    const r = (await db.query("SELECT date '2024-02-29' AS d, interval '1 year 2 mons 3 days 04:05:06.7' AS i")).rows[0]
    equal(r.d.getDate(), 29)
    equal({ ...r.i }, { years: 1, months: 2, days: 3, hours: 4, minutes: 5, seconds: 6, milliseconds: 700 })
  })
  await check('insert, returning, prepared by name', async () => {
    for (const name of ['Can', 'Neu!', 'Faust']) {
      const r = await db.query({ name: 'insert-artist', text: 'INSERT INTO artist (name) VALUES ($1) RETURNING id, name', values: [name] })
      equal(r.rows[0].name, name)
    }
    const r = await db.query(`INSERT INTO album (artist_id, title, price, tags, info) SELECT 1 + n % 3, 'album ' || n, n, ARRAY['a', n::text], jsonb_build_object('n', n)
      FROM generate_series(1, $1::int) n`, [300])
    equal([r.command, r.rowCount], ['INSERT', 300])
  })
  await check('fields of a result', async () => {
    const r = await db.query('SELECT id, title, price FROM album WHERE false')
    equal(r.fields.map((f) => [f.name, f.dataTypeID, f.columnID]), [['id', 20, 1], ['title', 25, 3], ['price', 1700, 4]])
    equal(r.fields[0].tableID > 16383, true)
    equal((await db.query({ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' })).rows, [[1, 2]])
  })
  await check('joins, aggregates, ANY', async () => {
    const r = await db.query(`SELECT a.name, count(*)::int AS n, sum(b.price) AS s FROM artist a JOIN album b ON b.artist_id = a.id
      WHERE b.id = ANY($1) GROUP BY a.name ORDER BY a.name`, [[1, 2, 3, 4]])
    equal(r.rows, [{ name: 'Can', n: 1, s: '3.00' }, { name: 'Faust', n: 1, s: '2.00' }, { name: 'Neu!', n: 2, s: '5.00' }])
  })
  await check('errors', async () => {
    const e = await raises('23505', () => db.query("INSERT INTO artist (name) VALUES ('Can')"))
    equal([e.constraint, e.table, e.schema, e.detail, e.severity], ['artist_name_key', 'artist', 'public', 'Key (name)=(Can) already exists.', 'ERROR'])
    equal((await raises('42601', () => db.query('SELECT FROM WHERE'))).position, '13')
    await raises('23503', () => db.query("INSERT INTO album (artist_id, title) VALUES (99, 'x')"))
    await raises('23502', () => db.query('INSERT INTO artist (name) VALUES (NULL)'))
    await raises('22P02', () => db.query('SELECT $1::int', ['x']))
    await raises('42P01', () => db.query('SELECT * FROM nowhere'))
    await raises('22003', () => db.query('SELECT $1::int2', [70000]))
    await raises('08P01', () => db.query('SELECT $1::int, $2::int', [1]))
  })
  await check('transaction with savepoint', async () => {
    await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await db.query('DELETE FROM album WHERE id > 290')
    await db.query('SAVEPOINT s')
    await raises('22012', () => db.query('SELECT 1/0'))
    await raises('25P02', () => db.query('SELECT 1'))
    await db.query('ROLLBACK TO SAVEPOINT s')
    await db.query('COMMIT')
    equal((await db.query('SELECT count(*)::int AS n FROM album')).rows, [{ n: 290 }])
  })
  await check('cursor', async () => {
    const c = db.query(new Cursor('SELECT id FROM album ORDER BY id LIMIT $1', [250]))
    let n = 0
    for (let rows; (rows = await c.read(100)).length;) n += rows.length
    equal(n, 250)
    await c.close()
  })
  await check('query stream', async () => {
    let n = 0
    for await (const row of db.query(new QueryStream('SELECT * FROM album', [], { batchSize: 50 }))) n += row.id ? 1 : 0
    equal(n, 290)
  })
  await check('COPY in and out', async () => {
    await db.query('CREATE TABLE c (a int, b text)')
    await pipeline(Readable.from(['1\tone\n2\t', '\\N\n3\tthr\\tee\n']), db.query(copy.from('COPY c FROM STDIN')))
    let out = ''
    await pipeline(db.query(copy.to('COPY c TO STDOUT (FORMAT csv, HEADER)')), new Writable({ write(d, _, done) { out += d; done() } }))
    equal(out, 'a,b\n1,one\n2,\n3,thr\tee\n')
    await raises('22P02', () => pipeline(Readable.from(['x\ty\n']), db.query(copy.from('COPY c FROM STDIN'))))
    equal((await db.query('SELECT count(*)::int AS n FROM c')).rows[0].n, 3)
  })
  await check('LISTEN and NOTIFY', async () => {
    const got = new Promise((resolve) => db.once('notification', resolve))
    await db.query('LISTEN news')
    const other = new Client(url)
    await other.connect()
    await other.query("SELECT pg_notify('news', $1)", ['hello'])
    await other.end()
    const n = await Promise.race([got, new Promise((_, no) => setTimeout(() => no(new Error('no notification')), 5000))])
    equal([n.channel, n.payload], ['news', 'hello'])
  })
  await check('notice', async () => {
    const got = new Promise((resolve) => db.once('notice', resolve))
    await db.query('DROP TABLE IF EXISTS nowhere')
    equal((await got).message, 'table "nowhere" does not exist, skipping')
  })
  await check('pool with many at once', async () => {
    const pool = new Pool({ connectionString: url, max: 5 })
    const got = await Promise.all([...Array(50).keys()].map((i) => pool.query('SELECT $1::int AS i, pg_backend_pid() AS pid', [i])))
    equal(got.map((r) => r.rows[0].i), [...Array(50).keys()])
    equal(new Set(got.map((r) => r.rows[0].pid)).size <= 5, true)
    await pool.end()
  })
  await check('statement_timeout and query_timeout', async () => {
    const c = new Client({ connectionString: url, statement_timeout: 100 })
    await c.connect()
    await raises('57014', () => c.query('SELECT pg_sleep(20)'))
    await c.end()
  })
  await check('application_name and options', async () => {
    const c = new Client({ connectionString: url, application_name: 'compat', options: '-c search_path=pg_catalog -c work_mem=8MB' })
    await c.connect()
    equal((await c.query("SELECT current_setting('application_name') AS a, current_setting('search_path') AS s, current_setting('work_mem') AS w")).rows,
      [{ a: 'compat', s: 'pg_catalog', w: '8MB' }])
    await c.end()
  })
  await check('enum and its array', async () => {
    await db.query("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    const r = await db.query("SELECT $1::mood AS a, ARRAY['ok', 'sad']::mood[] AS b", ['ok'])
    equal(r.rows, [{ a: 'ok', b: '{ok,sad}' }])
  })
  await check('a custom parser', async () => {
    types.setTypeParser(20, BigInt)
    equal((await db.query('SELECT 9007199254740993::int8 AS v')).rows[0].v, 9007199254740993n)
  })
  if (hasVector) {
    await check('pgvector', async () => {
      const pgvector = require('pgvector/pg')
      await db.query('CREATE EXTENSION IF NOT EXISTS vector')
      await pgvector.registerTypes(db)
      await db.query('CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3))')
      await db.query('INSERT INTO items (embedding) VALUES ($1), ($2)', [pgvector.toSql([1, 2, 3]), pgvector.toSql([4, 5, 6])])
      equal((await db.query('SELECT embedding FROM items ORDER BY embedding <-> $1 LIMIT 1', [pgvector.toSql([4, 5, 7])])).rows, [{ embedding: [4, 5, 6] }])
    })
  }
  await db.end()
}

main().catch((e) => { console.error(e); process.exit(1) })
