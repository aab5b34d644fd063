// postgres.js: tagged templates, always prepared, with its own look at the types of a database.
'use strict'
const postgres = require('postgres')
const { check, equal, raises, version, connection, url } = require('./check')

async function main() {
  version('postgres')
  const notices = []
  const sql = postgres({ ...connection, onnotice: (n) => notices.push(n.message), max: 4 })

  await check('create tables', async () => {
    await sql`CREATE TABLE artist (id serial PRIMARY KEY, name text UNIQUE NOT NULL, tags text[] DEFAULT '{}')`
    await sql`CREATE TABLE album (id bigserial PRIMARY KEY, artist int REFERENCES artist, title text, info jsonb, at timestamptz, price numeric, raw bytea)`
  })
  await check('insert helpers', async () => {
    const rows = await sql`INSERT INTO artist ${sql([{ name: 'Can', tags: ['a', 'b,c'] }, { name: 'Neu!', tags: [] }], 'name', 'tags')} RETURNING *`
    equal(rows.map((r) => ({ ...r })), [{ id: 1, name: 'Can', tags: ['a', 'b,c'] }, { id: 2, name: 'Neu!', tags: [] }])
    const many = await sql`INSERT INTO album ${sql([...Array(500).keys()].map((i) => ({ artist: 1 + i % 2, title: `t${i}`, price: i / 4, info: { n: i } })))}`
    equal([many.count, many.command], [500, 'INSERT'])
  })
  await check('types', async () => {
    const at = new Date('2024-02-29T12:00:00.123Z')
    const [r] = await sql`SELECT ${1}::int4 AS a, ${'x'}::text AS b, ${at}::timestamptz AS c, ${sql.json({ k: [1, null] })}::jsonb AS d, ${Buffer.from('ab')}::bytea AS e,
      ${true}::bool AS f, ${sql.array([1, 2])}::int[] AS g, ${null}::text AS h, ${'9007199254740993'}::int8 AS i, ${1.5}::float8 AS j, ${['p', 'q"']}::text[] AS k, ${sql.array([at])}::timestamptz[] AS l`
    equal({ ...r }, { a: 1, b: 'x', c: at, d: { k: [1, null] }, e: Buffer.from('ab'), f: true, g: [1, 2], h: null, i: '9007199254740993', j: 1.5, k: ['p', 'q"'], l: [at] })
  })
  await check('fragments, identifiers, IN, dynamic columns', async () => {
    const dear = (x) => sql`AND price > ${x}`
    equal((await sql`SELECT ${sql(['id', 'title'])} FROM ${sql('album')} WHERE artist IN ${sql([1, 2])} ${dear(120)} ORDER BY ${sql('id')} DESC LIMIT 1`)[0].title, 't499')
    equal((await sql`UPDATE artist SET ${sql({ name: 'CAN', tags: ['z'] }, 'name', 'tags')} WHERE id = 1 RETURNING name`)[0].name, 'CAN')
    equal((await sql`SELECT count(*)::int AS n FROM album WHERE id = ANY(${[1, 2, 3]})`)[0].n, 3)
    equal((await sql`UPDATE album SET title = d.t FROM (VALUES ${sql([[1, 'one'], [2, 'two']])}) AS d (i, t) WHERE album.id = d.i::int RETURNING title`).map((r) => r.title).sort(), ['one', 'two'])
  })
  await check('transactions and savepoints', async () => {
    await sql.begin('isolation level repeatable read', async (tx) => {
      await tx`INSERT INTO artist (name) VALUES ('Faust')`
      await tx.savepoint(async (sp) => { await sp`INSERT INTO artist (name) VALUES ('Faust')` }).catch((e) => equal(e.code, '23505'))
      equal((await tx`SELECT count(*)::int AS n FROM artist`)[0].n, 3)
    })
    await sql.begin(async (tx) => { await tx`DELETE FROM album`; throw new Error('back') }).catch((e) => equal(e.message, 'back'))
    equal((await sql`SELECT count(*)::int AS n FROM album`)[0].n, 500)
    equal((await sql.begin((tx) => [tx`SELECT 1 AS a`, tx`SELECT 2 AS a`])).map((r) => r[0].a), [1, 2])
  })
  await check('cursor and forEach', async () => {
    let n = 0
    await sql`SELECT * FROM album`.cursor(100, (rows) => { n += rows.length })
    for await (const [row] of sql`SELECT * FROM album LIMIT 7`.cursor()) n += row ? 1 : 0
    await sql`SELECT * FROM album LIMIT 5`.forEach(() => { n++ })
    equal(n, 512)
  })
  await check('describe', async () => {
    const d = await sql`SELECT id, title FROM album WHERE id = ${1} AND at > ${new Date()}`.describe()
    equal([d.types, d.columns.map((c) => [c.name, c.type])], [[20, 1184], [['id', 20], ['title', 25]]])
  })
  await check('simple protocol, several statements, a file', async () => {
    const r = await sql.unsafe('SELECT 1 AS a; SELECT 2 AS b')
    equal(r.map((x) => ({ ...x[0] })), [{ a: 1 }, { b: 2 }])
    equal((await sql.unsafe('SELECT $1::int + $2::int AS s', [1, 2]))[0].s, 3)
    equal((await sql`SELECT 1 AS x`.simple())[0].x, 1)
    equal((await sql`SELECT 1 AS a, 2 AS b`.values())[0], [1, 2])
    equal((await sql`SELECT 'é'::text AS a`.raw())[0][0].toString(), 'é')
  })
  await check('COPY both ways', async () => {
    const { pipeline } = require('node:stream/promises')
    const { Readable } = require('node:stream')
    await pipeline(Readable.from(['Amon Düül\t{x}\n', 'Cluster\t{}\n']), await sql`COPY artist (name, tags) FROM STDIN`.writable())
    let out = ''
    for await (const c of await sql`COPY (SELECT name FROM artist ORDER BY id) TO STDOUT`.readable()) out += c
    equal(out, 'CAN\nNeu!\nFaust\nAmon Düül\nCluster\n'.replace('CAN\nNeu!\nFaust', (await sql`SELECT name FROM artist ORDER BY id LIMIT 3`).map((r) => r.name).join('\n')))
  })
  await check('listen and notify', async () => {
    const got = new Promise((resolve, reject) => { sql.listen('ch', resolve).catch(reject); setTimeout(() => reject(new Error('no notification')), 5000).unref() })
    const wait = setInterval(() => sql.notify('ch', 'ping').catch(() => {}), 100)
    try { equal(await got, 'ping') } finally { clearInterval(wait) }
  })
  await check('notices', async () => {
    await sql`DROP TABLE IF EXISTS nowhere`
    equal(notices.includes('table "nowhere" does not exist, skipping'), true)
  })
  await check('errors', async () => {
    const e = await raises('23505', () => sql`INSERT INTO artist (name) VALUES ('Neu!')`)
    equal([e.constraint_name, e.table_name, e.detail, e.severity], ['artist_name_key', 'artist', 'Key (name)=(Neu!) already exists.', 'ERROR'])
    await raises('42P01', () => sql`SELECT * FROM nowhere`)
    await raises('42601', () => sql`SELEC 1`)
    await raises('22P02', () => sql`SELECT ${'x'}::text::int`)
  })
  await check('cancel', async () => {
    const q = sql`SELECT pg_sleep(20)`.execute()
    setTimeout(() => q.cancel(), 200)
    await raises('57014', () => q)
  })
  await check('reserve', async () => {
    const r = await sql.reserve()
    await r`CREATE TEMP TABLE t (a int)`
    await r`INSERT INTO t VALUES (1)`
    equal((await r`SELECT * FROM t`).length, 1)
    r.release()
  })
  await check('no prepared statements, as behind a pooler', async () => {
    const s = postgres(url, { prepare: false, max: 1, transform: postgres.camel })
    equal(Object.keys((await s`SELECT ${1}::int AS some_name`)[0]), ['someName'])
    await s.end()
  })
  await check('many at once over one connection, pipelined', async () => {
    const s = postgres(url, { max: 1 })
    equal((await Promise.all([...Array(200).keys()].map((i) => s`SELECT ${i}::int AS i`))).map((r) => r[0].i), [...Array(200).keys()])
    await s.end()
  })
  await sql.end({ timeout: 5 })
}

main().catch((e) => { console.error(e); process.exit(1) })
