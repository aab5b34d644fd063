// knex: migrations up and down, the schema builder's whole vocabulary, queries.
'use strict'
const knexOf = require('knex')
const { check, equal, raises, version, connection } = require('./check')

const steps = {
  '1_create': {
    up: async (k) => {
      await k.schema.createTable('artists', (t) => {
        t.increments('id')
        t.string('name', 80).notNullable().unique()
        t.date('born')
        t.timestamps(true, true)
        t.comment('who plays')
      })
      await k.schema.createTable('albums', (t) => {
        t.bigIncrements('id')
        t.integer('artist_id').unsigned().notNullable().references('id').inTable('artists').onDelete('CASCADE').index()
        t.text('title').notNullable()
        t.decimal('price', 8, 2).defaultTo(9.99)
        t.jsonb('info').defaultTo('{}')
        t.specificType('tags', 'text[]')
        t.boolean('live').defaultTo(false)
        t.uuid('uid')
        t.binary('cover')
        t.float('ratio')
        t.double('exact')
        t.timestamp('made').defaultTo(k.fn.now())
        t.time('length')
        t.unique(['artist_id', 'title'])
        t.check('price >= 0', [], 'price_positive')
      })
    },
    down: async (k) => { await k.schema.dropTable('albums'); await k.schema.dropTable('artists') },
  },
  '2_alter': {
    up: async (k) => {
      await k.schema.alterTable('albums', (t) => {
        t.string('label', 40).defaultTo('own').comment('who prints')
        t.renameColumn('live', 'on_stage')
        t.string('title', 200).notNullable().alter()
        t.dropColumn('ratio')
        t.index(['title'], 'albums_title')
        t.setNullable('artist_id')
      })
      await k.schema.alterTable('albums', (t) => { t.dropNullable('artist_id'); t.dropUnique(['artist_id', 'title']); t.dropIndex(['title'], 'albums_title') })
      await k.schema.renameTable('artists', 'bands')
      await k.schema.createTable('plays', (t) => { t.bigInteger('album_id').references('albums.id'); t.integer('n'); t.primary(['album_id', 'n'], { constraintName: 'plays_key' }) })
    },
    down: async (k) => {
      await k.schema.dropTableIfExists('plays')
      await k.schema.renameTable('bands', 'artists')
      await k.schema.alterTable('albums', (t) => { t.dropColumn('label'); t.float('ratio'); t.renameColumn('on_stage', 'live'); t.unique(['artist_id', 'title']) })
    },
  },
  '3_enum': {
    up: (k) => k.schema.alterTable('albums', (t) => { t.enu('medium', ['vinyl', 'cd'], { useNative: true, enumName: 'medium' }).defaultTo('cd'); t.enu('state', ['new', 'used']).defaultTo('new') }),
    down: async (k) => { await k.schema.alterTable('albums', (t) => { t.dropColumn('medium'); t.dropColumn('state') }); await k.raw('DROP TYPE medium') },
  },
  '4_views': {
    up: async (k) => {
      await k.schema.createSchemaIfNotExists('shop')
      await k.schema.createViewOrReplace('dear', (v) => { v.columns(['title']); v.as(k('albums').select('title').where('price', '>', 10)) })
      await k.schema.withSchema('shop').createTable('offers', (t) => { t.increments(); t.integer('pct') })
    },
    down: async (k) => { await k.schema.dropView('dear'); await k.schema.withSchema('shop').dropTable('offers'); await k.schema.dropSchema('shop') },
  },
}
const migrationSource = { getMigrations: async () => Object.keys(steps), getMigrationName: (n) => n, getMigration: async (n) => steps[n] }

async function main() {
  version('knex')
  const knex = knexOf({ client: 'pg', connection, migrations: { migrationSource }, pool: { min: 0, max: 4 } })
  for (const name of Object.keys(steps)) {
    await check(`migrate up ${name}`, async () => equal((await knex.migrate.up())[1], [name]))
  }
  await check('migrations: list, status, version', async () => {
    equal((await knex.migrate.list())[1], [])
    equal(await knex.migrate.currentVersion(), '4')
    equal(await knex.migrate.status(), 0)
  })
  await check('migrate all the way down and up again', async () => {
    await knex.migrate.rollback(undefined, true)
    equal(await knex.schema.hasTable('bands'), false)
    equal((await knex.migrate.latest())[1].length, 4)
  })
  await check('hasTable, hasColumn, columnInfo', async () => {
    equal(await knex.schema.hasTable('albums'), true)
    equal(await knex.schema.hasColumn('albums', 'on_stage'), true)
    const c = await knex('albums').columnInfo()
    equal([c.title.type, c.title.maxLength, c.title.nullable, c.id.type, c.made.type, c.tags.type, c.label.defaultValue],
      ['character varying', 200, false, 'bigint', 'timestamp with time zone', 'ARRAY', "'own'::character varying"])
  })
  await check('insert, returning, batchInsert', async () => {
    equal(await knex('bands').insert([{ name: 'Can' }, { name: 'Neu!' }], ['id', 'name']), [{ id: 1, name: 'Can' }, { id: 2, name: 'Neu!' }])
    const ids = await knex.batchInsert('albums', [...Array(250).keys()].map((i) => ({ artist_id: 1 + i % 2, title: `album ${i}`, price: i / 4, tags: ['a', `t${i}`], info: { n: i } })), 100).returning('id')
    equal(ids.length, 250)
  })
  await check('joins, groups, having, subqueries', async () => {
    const r = await knex('albums as a').join('bands as b', 'b.id', 'a.artist_id').select('b.name').count('* as n').sum({ s: 'a.price' }).avg('a.price as m').groupBy('b.name').having(knex.raw('count(*) > ?', [10])).orderBy('b.name')
    equal(r.map((x) => [x.name, x.n, x.s]), [['Can', '125', '3875.00'], ['Neu!', '125', '3906.25']])
    equal((await knex('albums').whereIn('artist_id', knex('bands').select('id').where('name', 'Can')).whereBetween('price', [1, 2]).orWhereNull('title').pluck('title')).length, 3)
    equal(await knex('bands').whereExists(knex('albums').whereRaw('albums.artist_id = bands.id').where('price', '>', 62)).pluck('name'), ['Neu!'])
    equal((await knex('albums').whereILike('title', 'ALBUM 24%').andWhereNot('price', 0).countDistinct('title'))[0].count, '11')
    equal((await knex.with('top', knex('albums').orderBy('price', 'desc').limit(3)).select('*').from('top')).length, 3)
    equal((await knex('albums').distinctOn('artist_id').orderBy([{ column: 'artist_id' }, { column: 'price', order: 'desc', nulls: 'last' }])).map((x) => x.title), ['album 248', 'album 249'])
    equal((await knex('albums').select('id').rowNumber('r', (q) => q.partitionBy('artist_id').orderBy('price', 'desc')).limit(2)).length, 2)
    equal((await knex('bands').select('name').unionAll([knex('albums').select('title').where('id', 1)])).length, 3)
  })
  await check('recursive CTE', async () => {
    const r = await knex.withRecursive('n', ['v'], (q) => {
      q.select('one').from(knex.raw('(VALUES (1)) AS o (one)')).unionAll((p) => { p.select(knex.raw('v + 1')).from('n').where('v', '<', 5) })
    }).sum('v as s').from('n')
    equal(r, [{ s: '15' }])
  })
  await check('json', async () => {
    equal((await knex('albums').whereJsonPath('info', '$.n', '=', 7).select('id')).length, 1)
    equal((await knex('albums').jsonExtract('info', '$.n', 'n').whereJsonSupersetOf('info', { n: 9 })).map((x) => x.n), [9])
    equal((await knex('albums').where('id', 1).update({ info: knex.jsonSet('info', '$.m', '"x"') }).returning('info'))[0].info, { m: 'x', n: 0 })
  })
  await check('upsert', async () => {
    equal(await knex('bands').insert({ name: 'Can', born: '1968-06-01' }).onConflict('name').merge(['born']).returning('id'), [{ id: 1 }])
    equal((await knex('bands').insert({ name: 'Can' }).onConflict().ignore()).rowCount, 0)
  })
  await check('update, increment, delete', async () => {
    equal(await knex('albums').where('artist_id', 1).increment('price', 1), 125)
    equal((await knex('albums').where('id', 1).update({ title: 'first' }, ['title']))[0].title, 'first')
    equal(await knex('albums').where('price', '>', 62).del(), 3)
    equal(await knex('albums').updateFrom('bands').where('bands.id', '=', knex.ref('albums.artist_id')).where('bands.name', 'Neu!').update({ label: 'Brain' }), 124)
  })
  await check('transactions, savepoints, isolation, forUpdate', async () => {
    await knex.transaction(async (t) => {
      await t('bands').insert({ name: 'Faust' })
      await t.transaction(async (s) => { await s('bands').insert({ name: 'Faust' }) }).catch((e) => equal(e.code, '23505'))
      equal((await t('bands').forUpdate().where('name', 'Faust')).length, 1)
      equal((await t('bands').forShare().skipLocked().where('name', 'Can')).length, 1)
    }, { isolationLevel: 'repeatable read' })
    await knex.transaction(async (t) => { await t('albums').del(); throw new Error('back') }).catch((e) => equal(e.message, 'back'))
    equal((await knex('bands').count())[0].count, '3')
  })
  await check('errors', async () => {
    equal((await raises('23505', () => knex('bands').insert({ name: 'Can' }))).constraint, 'artists_name_unique')
    await raises('23514', () => knex('albums').insert({ artist_id: 1, title: 'x', price: -1 }))
    await raises('23514', () => knex('albums').insert({ artist_id: 1, title: 'x', state: 'old' }))
    await raises('22P02', () => knex('albums').insert({ artist_id: 1, title: 'x', medium: 'tape' }))
    await raises('42P01', () => knex('nowhere'))
  })
  await check('stream and cursor', async () => {
    let n = 0
    for await (const row of knex('albums').stream()) n += row.id ? 1 : 0
    equal(n, 247)
  })
  await check('first, exists, truncate, drop everything', async () => {
    equal((await knex('albums').orderBy('id').first()).title, 'first')
    await knex('plays').truncate()
    await knex.migrate.rollback(undefined, true)
    equal(await knex.schema.hasTable('albums'), false)
  })
  await knex.destroy()
}

main().catch((e) => { console.error(e); process.exit(1) })
