// Kysely: migrations, introspection and typed queries over node-postgres.
'use strict'
const { Pool } = require('pg')
const Cursor = require('pg-cursor')
const { Kysely, PostgresDialect, Migrator, sql } = require('kysely')
const { check, equal, raises, version, url } = require('./check')

const migrations = {
  '1': {
    up: async (db) => {
      await db.schema.createTable('artist').addColumn('id', 'serial', (c) => c.primaryKey()).addColumn('name', 'varchar(80)', (c) => c.notNull().unique()).execute()
      await db.schema.createTable('album').addColumn('id', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity()).addColumn('artist_id', 'integer', (c) => c.references('artist.id').onDelete('cascade').notNull())
        .addColumn('title', 'text', (c) => c.notNull()).addColumn('price', 'numeric(8, 2)', (c) => c.defaultTo(1).check(sql`price >= 0`)).addColumn('info', 'jsonb').addColumn('made', 'timestamptz', (c) => c.defaultTo(sql`now()`)).execute()
      await db.schema.createIndex('album_title').on('album').columns(['artist_id', 'title']).unique().execute()
    },
    down: async (db) => { await db.schema.dropTable('album').execute(); await db.schema.dropTable('artist').execute() },
  },
  '2': {
    up: async (db) => {
      await db.schema.alterTable('album').addColumn('label', 'text', (c) => c.defaultTo('own')).execute()
      await db.schema.alterTable('album').alterColumn('label', (c) => c.setNotNull()).execute()
      await db.schema.alterTable('album').renameColumn('label', 'print').execute()
      await db.schema.createView('dear').as(db.selectFrom('album').select(['title', 'price']).where('price', '>', sql.lit(10))).execute()
      await db.schema.createType('medium').asEnum(['vinyl', 'cd']).execute()
    },
    down: async (db) => {
      await db.schema.dropType('medium').execute()
      await db.schema.dropView('dear').execute()
      await db.schema.alterTable('album').dropColumn('print').execute()
    },
  },
}

async function main() {
  version('kysely')
  const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url, max: 3 }), cursor: Cursor }) })
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const done = ({ error, results }) => { if (error) throw error; return results.map((r) => [r.migrationName, r.direction, r.status]) }
  await check('migrate up', async () => equal(done(await migrator.migrateUp()), [['1', 'Up', 'Success']]))
  await check('migrate to the latest', async () => equal(done(await migrator.migrateToLatest()), [['2', 'Up', 'Success']]))
  await check('migrate down and up', async () => { done(await migrator.migrateDown()); done(await migrator.migrateDown()); equal(done(await migrator.migrateToLatest()).length, 2) })
  await check('introspection', async () => {
    const t = (await db.introspection.getTables()).map((x) => [x.name, x.isView, x.columns.length]).sort()
    equal(t, [['album', false, 7], ['artist', false, 2], ['dear', true, 2]])
    const c = Object.fromEntries((await db.introspection.getTables()).find((x) => x.name === 'album').columns.map((x) => [x.name, x]))
    equal([c.id.isAutoIncrementing, c.id.dataType, c.price.hasDefaultValue, c.info.isNullable], [true, 'int8', true, true])
    equal((await db.introspection.getSchemas()).some((s) => s.name === 'public'), true)
  })
  await check('insert, returning, upsert', async () => {
    const a = await db.insertInto('artist').values([{ name: 'Can' }, { name: 'Neu!' }]).returningAll().execute()
    equal(a, [{ id: 1, name: 'Can' }, { id: 2, name: 'Neu!' }])
    const r = await db.insertInto('album').values([...Array(100).keys()].map((i) => ({ artist_id: 1 + i % 2, title: `t${i}`, price: i, info: JSON.stringify({ n: i }) }))).executeTakeFirst()
    equal(r.numInsertedOrUpdatedRows, 100n)
    equal(await db.insertInto('artist').values({ name: 'Can' }).onConflict((c) => c.column('name').doUpdateSet((e) => ({ name: e.ref('excluded.name') }))).returning('id').executeTakeFirst(), { id: 1 })
  })
  await check('joins, groups, json, windows, CTE', async () => {
    equal(await db.selectFrom('album').innerJoin('artist', 'artist.id', 'album.artist_id').select(({ fn }) => ['name', fn.countAll().as('n'), fn.sum('price').as('s')]).groupBy('name').orderBy('name').execute(), [{ name: 'Can', n: '50', s: '2450.00' }, { name: 'Neu!', n: '50', s: '2500.00' }])
    equal(await db.selectFrom('album').select((e) => e.ref('info', '->>').key('n').as('n')).where('id', '=', 7).execute(), [{ n: '6' }])
    equal((await db.with('top', (d) => d.selectFrom('album').select(['id', 'artist_id', (e) => e.fn.agg('rank').over((o) => o.partitionBy('artist_id').orderBy('price', 'desc')).as('r')])).selectFrom('top').where('r', '<=', 2).selectAll().execute()).length, 4)
    equal((await db.selectFrom('artist').select(['name', (e) => e.selectFrom('album').whereRef('album.artist_id', '=', 'artist.id').select((x) => x.fn.max('price').as('m')).as('m')]).orderBy('id').execute()).map((x) => x.m), ['98.00', '99.00'])
    const { jsonArrayFrom } = require('kysely/helpers/postgres')
    const j = await db.selectFrom('artist').select((e) => ['name', jsonArrayFrom(e.selectFrom('album').select('title').whereRef('album.artist_id', '=', 'artist.id').where('price', '>', 97).orderBy('price')).as('albums')]).orderBy('id').execute()
    equal(j, [{ name: 'Can', albums: [{ title: 't98' }] }, { name: 'Neu!', albums: [{ title: 't99' }] }])
    equal((await db.selectFrom('dear').select((e) => e.fn.countAll().as('n')).executeTakeFirst()).n, '89')
  })
  await check('update from, delete using, stream', async () => {
    equal((await db.updateTable('album').from('artist').set({ print: 'x' }).whereRef('artist.id', '=', 'album.artist_id').where('artist.name', '=', 'Can').executeTakeFirst()).numUpdatedRows, 50n)
    equal((await db.deleteFrom('album').using('artist').whereRef('artist.id', '=', 'album.artist_id').where('price', '>', 97).executeTakeFirst()).numDeletedRows, 2n)
    let n = 0
    for await (const row of db.selectFrom('album').selectAll().stream(20)) n += row.id ? 1 : 0
    equal(n, 98)
  })
  await check('transactions and errors', async () => {
    await db.transaction().setIsolationLevel('serializable').execute(async (t) => { await t.deleteFrom('album').execute(); throw new Error('back') }).catch((e) => equal(e.message, 'back'))
    const t = await db.startTransaction().execute()
    await t.insertInto('artist').values({ name: 'Faust' }).execute()
    const s = await t.savepoint('s').execute()
    await raises('23505', () => s.insertInto('artist').values({ name: 'Faust' }).execute())
    await s.rollbackToSavepoint('s').execute()
    await t.commit().execute()
    equal((await db.selectFrom('artist').select('name').execute()).length, 3)
  })
  await db.destroy()
}

main().catch((e) => { console.error(e); process.exit(1) })
