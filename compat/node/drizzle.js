// Drizzle: drizzle-kit's generate and introspect, the migrator, relational queries. (drizzle-kit push asks on a terminal.)
'use strict'
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { Pool } = require('pg')
const { drizzle } = require('drizzle-orm/node-postgres')
const { drizzle: drizzleJs } = require('drizzle-orm/postgres-js')
const { migrate } = require('drizzle-orm/node-postgres/migrator')
const { eq, gt, and, sql, count, sum, desc, ilike, inArray, arrayContains, exists } = require('drizzle-orm')
const { check, equal, raises, version, url, hasVector } = require('./check')
const schema = require('./drizzle.schema')

// In node_modules, so that drizzle-kit's schemas find their packages, and git ignores them.
const dir = fs.mkdtempSync(path.join(__dirname, 'node_modules/.drizzle-'))
const kit = (...args) => execFileSync(process.execPath, [path.join(__dirname, 'node_modules/drizzle-kit/bin.cjs'), ...args], { cwd: __dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' } })

function config(name, out, file = path.join(__dirname, 'drizzle.schema.js')) {
  const p = path.join(dir, name)
  fs.writeFileSync(p, `module.exports = ${JSON.stringify({ dialect: 'postgresql', schema: file, out, dbCredentials: { url } })}`)
  return path.relative(__dirname, p)
}

async function main() {
  version('drizzle-orm')
  const pool = new Pool({ connectionString: url, max: 3 })
  const db = drizzle(pool, { schema })
  const { artists, albums, genres, albumGenres } = schema
  const out = path.relative(__dirname, path.join(dir, 'out'))
  const conf = config('a.config.cjs', out)

  await check('drizzle-kit generate, and the migrator', async () => {
    kit('generate', '--config', conf)
    await migrate(db, { migrationsFolder: path.join(dir, 'out') })
    await migrate(db, { migrationsFolder: path.join(dir, 'out') })
    equal((await db.execute(sql`SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations`)).rows, [{ n: 1 }])
  })
  await check('drizzle-kit introspect', async () => {
    const into = path.join(dir, 'pulled')
    kit('introspect', '--config', config('b.config.cjs', path.relative(__dirname, into)))
    const text = fs.readFileSync(path.join(into, 'schema.ts'), 'utf8')
    for (const want of ['export const artists = pgTable("artists"', 'pgEnum("medium", [\'vinyl\', \'cd\'])', 'numeric({ precision: 8, scale:  2 })', 'foreignKey({', 'name: "albums_artist_id_artists_id_fk"', '.onDelete("cascade")',
      'uniqueIndex("album_title")', 'check("price_positive"', 'primaryKey({ columns: [table.albumId, table.genreId]', 'tags: text().array()', 'pgView("dear"']) if (!text.includes(want)) throw new Error(`no ${want} in ${text}`)
  })
  await check('insert, returning, conflict', async () => {
    equal((await db.insert(artists).values([{ name: 'Can' }, { name: 'Neu!' }]).returning()).map((a) => [a.id, a.name]), [[1, 'Can'], [2, 'Neu!']])
    await db.insert(albums).values([...Array(100).keys()].map((i) => ({ artistId: 1 + i % 2, title: `t${i}`, price: `${i}.50`, info: { n: i }, tags: ['a', `x${i % 3}`], medium: i % 2 ? 'cd' : 'vinyl' })))
    equal(await db.insert(artists).values({ name: 'Can' }).onConflictDoUpdate({ target: artists.name, set: { name: sql`excluded.name || '!'` } }).returning({ n: artists.name }), [{ n: 'Can!' }])
    equal((await db.insert(artists).values({ name: 'Neu!' }).onConflictDoNothing().returning()).length, 0)
  })
  await check('select, join, group, subquery', async () => {
    equal(await db.select({ name: artists.name, n: count(), s: sum(albums.price) }).from(albums).innerJoin(artists, eq(artists.id, albums.artistId)).groupBy(artists.name).having(gt(count(), 1)).orderBy(artists.name), [{ name: 'Can!', n: 50, s: '2475.00' }, { name: 'Neu!', n: 50, s: '2525.00' }])
    const a = (await db.select().from(albums).where(and(ilike(albums.title, 'T9%'), inArray(albums.artistId, [1]))).orderBy(desc(albums.id)).limit(2).offset(1))[0]
    equal([a.title, a.price, a.info, a.tags, a.made instanceof Date, a.medium], ['t96', '96.50', { n: 96 }, ['a', 'x0'], true, 'vinyl'])
    equal((await db.select({ n: count() }).from(albums).where(arrayContains(albums.tags, ['x1'])))[0].n, 33)
    const top = db.$with('top').as(db.select().from(albums).orderBy(desc(albums.price)).limit(3))
    equal((await db.with(top).select().from(top)).length, 3)
    equal((await db.select().from(artists).where(exists(db.select().from(albums).where(and(eq(albums.artistId, artists.id), gt(albums.price, '99')))))).length, 1)
    equal(await db.$count(albums, gt(albums.price, '50')), 50)
  })
  await check('relational queries', async () => {
    await db.insert(genres).values([{ name: 'rock' }, { name: 'jazz' }])
    await db.insert(albumGenres).values([{ albumId: 1, genreId: 1 }, { albumId: 1, genreId: 2 }])
    const a = await db.query.artists.findMany({ with: { albums: { limit: 2, orderBy: (t, o) => [o.asc(t.id)], columns: { title: true }, with: { genres: { with: { genre: true } } } } }, orderBy: (t, o) => [o.asc(t.id)] })
    equal([a[0].albums.map((b) => b.title), a[0].albums[0].genres.map((g) => g.genre.name)], [['t0', 't2'], ['rock', 'jazz']])
  })
  await check('update, delete, transaction, error', async () => {
    equal((await db.update(albums).set({ price: sql`${albums.price} + 1` }).where(eq(albums.id, 1)).returning({ p: albums.price })), [{ p: '1.50' }])
    await db.transaction(async (t) => {
      await t.insert(artists).values({ name: 'Faust' })
      await t.transaction(async (s) => { await s.insert(artists).values({ name: 'Faust' }) }).catch((e) => equal((e.cause ?? e).code, '23505'))
    }, { isolationLevel: 'repeatable read' })
    await db.transaction(async (t) => { await t.delete(albumGenres); t.rollback() }).catch(() => {})
    equal(await db.$count(albumGenres), 2)
    await raises('23514', () => db.update(albums).set({ price: '-1' }))
  })
  await check('prepared, and over postgres.js', async () => {
    const p = db.select().from(artists).where(eq(artists.id, sql.placeholder('id'))).prepare('one')
    equal((await p.execute({ id: 2 }))[0].name, 'Neu!')
    const js = require('postgres')(url, { max: 1 })
    equal((await drizzleJs(js, { schema }).query.artists.findFirst({ where: eq(artists.id, 2) })).name, 'Neu!')
    await js.end()
  })
  if (hasVector) {
    await check('vector column', async () => {
      const { pgTable, serial, vector, index } = require('drizzle-orm/pg-core')
      const { l2Distance } = require('drizzle-orm')
      const items = pgTable('items', { id: serial('id').primaryKey(), e: vector('e', { dimensions: 3 }) }, (t) => [index('e_idx').using('hnsw', t.e.op('vector_l2_ops'))])
      await db.execute(sql`CREATE TABLE items (id serial PRIMARY KEY, e vector(3))`)
      await db.insert(items).values([{ e: [1, 2, 3] }, { e: [4, 5, 6] }])
      equal((await db.select().from(items).orderBy(l2Distance(items.e, [4, 5, 7])).limit(1))[0].e, [4, 5, 6])
    })
  }
  await pool.end()
  fs.rmSync(dir, { recursive: true })
}

main().catch((e) => { console.error(e); process.exit(1) })
