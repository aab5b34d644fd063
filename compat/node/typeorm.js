// TypeORM: synchronize, generated migrations, relations, the query builder.
'use strict'
require('reflect-metadata')
const { DataSource, EntitySchema, In, ILike, Between, IsNull, Not, MoreThan, QueryFailedError, Table, TableColumn, TableForeignKey, TableIndex, TableUnique, TableCheck } = require('typeorm')
const { check, equal, raises, version, connection } = require('./check')

const Artist = new EntitySchema({
  name: 'Artist', tableName: 'artist', columns: { id: { type: Number, primary: true, generated: true }, name: { type: String, length: 80, unique: true, comment: 'as printed' }, born: { type: 'date', nullable: true } },
  relations: { albums: { type: 'one-to-many', target: 'Album', inverseSide: 'artist', cascade: true } },
})
const Genre = new EntitySchema({ name: 'Genre', columns: { id: { type: 'uuid', primary: true, generated: 'uuid' }, name: { type: String } }, indices: [{ name: 'genre_name', columns: ['name'], unique: true }] })
const columns = {
  id: { type: 'bigint', primary: true, generated: 'increment' }, title: { type: 'text' }, price: { type: 'numeric', precision: 8, scale: 2, default: () => '9.99' }, info: { type: 'jsonb', nullable: true },
  tags: { type: 'text', array: true, default: '{}' }, live: { type: Boolean, default: false }, cover: { type: 'bytea', nullable: true }, ratio: { type: 'double precision', nullable: true },
  made: { type: 'timestamptz', createDate: true }, changed: { type: 'timestamptz', updateDate: true }, gone: { type: 'timestamptz', deleteDate: true, nullable: true }, version: { type: Number, version: true },
  medium: { type: 'enum', enum: ['vinyl', 'cd'], default: 'cd' },
}
const album = (more = {}, less = []) => new EntitySchema({
  name: 'Album', tableName: 'album', columns: Object.fromEntries(Object.entries({ ...columns, ...more }).filter(([k]) => !less.includes(k))),
  relations: { artist: { type: 'many-to-one', target: 'Artist', inverseSide: 'albums', onDelete: 'CASCADE', nullable: false }, genres: { type: 'many-to-many', target: 'Genre', joinTable: true, cascade: true } },
  checks: [{ name: 'price_positive', expression: '"price" >= 0' }], uniques: [{ name: 'album_title', columns: ['artist', 'title'] }], indices: [{ name: 'album_price', columns: ['price'], where: '"price" > 10' }],
})
const options = { type: 'postgres', host: connection.host, port: connection.port, username: connection.user, password: connection.password, database: connection.database, logging: false, installExtensions: false, uuidExtension: 'pgcrypto' }

async function main() {
  version('typeorm')
  let db = new DataSource({ ...options, entities: [Artist, album({}, ['medium']), Genre], synchronize: false })
  await check('connect', () => db.initialize())
  await check('synchronize', () => db.synchronize())
  await check('synchronize again changes nothing', async () => {
    const log = await db.driver.createSchemaBuilder().log()
    equal(log.upQueries.map((q) => q.query), [])
  })
  const repo = (name) => db.getRepository(name)
  await check('save with cascades', async () => {
    const a = await repo('Artist').save({ name: 'Can', albums: [{ title: 'Tago Mago', tags: ['a', 'b'], info: { n: 1 }, genres: [{ name: 'rock' }] }, { title: 'Ege Bamyasi', price: 12.5 }] })
    equal([a.id, a.albums.map((b) => b.id)], [1, ['1', '2']])
    await repo('Album').insert([...Array(100).keys()].map((i) => ({ title: `album ${i}`, price: i / 4, artist: { id: 1 }, cover: Buffer.from([i]) })))
    equal(await repo('Album').count(), 102)
  })
  await check('find with relations, order, paging', async () => {
    const a = await repo('Artist').findOne({ where: { name: ILike('CAN') }, relations: { albums: { genres: true } }, order: { albums: { id: 'ASC' } } })
    equal([a.albums[0].genres.map((g) => g.name), a.albums.length], [['rock'], 102])
    const [rows, n] = await repo('Album').findAndCount({ where: [{ price: Between(1, 2) }, { title: In(['Tago Mago']) }], relations: { artist: true }, order: { id: 'DESC' }, skip: 1, take: 2 })
    equal([rows.length, n, rows[0].artist.name], [2, 6, 'Can'])
    equal(await repo('Album').countBy({ gone: IsNull(), price: Not(MoreThan(0)) }), 1)
  })
  await check('query builder', async () => {
    const r = await repo('Album').createQueryBuilder('b').innerJoin('b.artist', 'a').select('a.name', 'name').addSelect('COUNT(*)::int', 'n').addSelect('SUM(b.price)', 's').where('b.price > :p', { p: 1 }).groupBy('a.name').having('COUNT(*) > 1').getRawMany()
    equal(r, [{ name: 'Can', n: 97, s: '1257.49' }])
    const many = await repo('Album').createQueryBuilder('b').leftJoinAndSelect('b.genres', 'g').leftJoinAndSelect('b.artist', 'a').orderBy('b.price', 'DESC', 'NULLS LAST').skip(1).take(3).getMany()
    equal(many.map((b) => b.title), ['album 98', 'album 97', 'album 96'])
    equal((await repo('Album').createQueryBuilder('b').where((q) => 'b.price = ' + q.subQuery().select('MAX(m.price)').from('Album', 'm').getQuery()).getOne()).title, 'album 99')
    const u = await db.createQueryBuilder().update('Album').set({ price: () => 'price + 1' }).where('id = :id', { id: 1 }).returning(['price']).execute()
    equal([u.affected, u.raw[0].price], [1, '10.99'])
    await db.createQueryBuilder().insert().into('Genre').values({ name: 'rock' }).orIgnore().execute()
    await db.createQueryBuilder().insert().into('Artist').values({ name: 'Can', born: '1968-01-01' }).orUpdate(['born'], ['name']).execute()
    equal((await repo('Artist').findOneBy({ id: 1 })).born, '1968-01-01')
    equal((await db.createQueryBuilder().delete().from('Album').where('id > 100').execute()).affected, 2)
    const cte = await db.createQueryBuilder().addCommonTableExpression('SELECT 1 AS v', 'c').select('v').from('c', 'c').getRawMany()
    equal(cte, [{ v: 1 }])
  })
  await check('stream', async () => {
    let n = 0
    for await (const row of await repo('Album').createQueryBuilder('b').stream()) n += row.b_id ? 1 : 0
    equal(n, 100)
  })
  await check('soft delete, restore, version, upsert', async () => {
    await repo('Album').softDelete({ id: 2 })
    equal(await repo('Album').findOneBy({ id: 2 }), null)
    await repo('Album').restore({ id: 2 })
    const b = await repo('Album').findOneBy({ id: 2 })
    b.title = 'Ege'
    equal((await repo('Album').save(b)).version, 4)
    await repo('Artist').upsert([{ name: 'Can', born: '1969-01-01' }, { name: 'Neu!' }], ['name'])
    equal(await repo('Artist').count(), 2)
  })
  await check('transactions', async () => {
    await db.transaction('SERIALIZABLE', async (m) => {
      await m.getRepository('Artist').save({ name: 'Faust' })
      await m.transaction(async (s) => { await s.getRepository('Artist').insert({ name: 'Faust' }) }).catch((e) => equal(e.driverError.code, '23505'))
      equal((await m.getRepository('Artist').find({ where: { name: 'Faust' }, lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' } })).length, 1)
    })
    equal(await repo('Artist').count(), 3)
  })
  await check('errors', async () => {
    const e = await raises('23505', () => repo('Artist').insert({ name: 'Can' }))
    equal([e instanceof QueryFailedError, e.driverError.table], [true, 'artist'])
    await raises('23514', () => repo('Album').insert({ title: 'x', price: -1, artist: { id: 1 } }))
    await raises('23503', () => repo('Album').insert({ title: 'x', artist: { id: 99 } }))
  })
  await check('what the query runner reads of a table', async () => {
    const runner = db.createQueryRunner()
    const table = await runner.getTable('album')
    equal(table.columns.map((c) => c.name).sort(), ['artistId', 'changed', 'cover', 'gone', 'id', 'info', 'live', 'made', 'price', 'ratio', 'tags', 'title', 'version'])
    equal([table.foreignKeys.map((f) => f.onDelete), table.checks.map((c) => c.name), table.uniques.map((u) => u.name), table.indices.map((i) => [i.name, i.where])],
      [['CASCADE'], ['price_positive'], ['album_title'], [['album_price', '(price > (10)::numeric)']]])
    equal([await runner.hasTable('album'), await runner.hasColumn('album', 'nope'), await runner.hasSchema('public'), await runner.getCurrentSchema()], [true, false, true, 'public'])
    await runner.release()
  })
  await check('migrations by the query runner', async () => {
    const r = db.createQueryRunner()
    await r.createTable(new Table({ name: 'label', columns: [{ name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' }, { name: 'name', type: 'varchar', length: '50' }] }))
    await r.addColumn('label', new TableColumn({ name: 'artistId', type: 'int', isNullable: true }))
    await r.createForeignKey('label', new TableForeignKey({ name: 'fk', columnNames: ['artistId'], referencedColumnNames: ['id'], referencedTableName: 'artist', onDelete: 'SET NULL' }))
    await r.createIndex('label', new TableIndex({ name: 'label_name', columnNames: ['name'] }))
    await r.createUniqueConstraint('label', new TableUnique({ name: 'label_unique', columnNames: ['name'] }))
    await r.createCheckConstraint('label', new TableCheck({ name: 'label_check', expression: "name <> ''" }))
    await r.renameColumn('label', 'name', 'title')
    await r.changeColumn('label', 'title', new TableColumn({ name: 'title', type: 'text', isNullable: false, default: "'x'" })).catch(async () => { throw new Error('changeColumn') })
    await r.renameTable('label', 'print')
    await r.dropTable('print', true, true, true)
    equal(await r.hasTable('print'), false)
    await r.release()
  })
  await db.destroy().catch(() => {})
  await check('the schema builder adds an enum column and changes what is there', async () => {
    db = new DataSource({ ...options, entities: [Artist, album({ ratio: { type: 'real', nullable: true }, year: { type: 'int', nullable: true } }, ['live']), Genre] })
    await db.initialize()
    const log = await db.driver.createSchemaBuilder().log()
    equal(log.upQueries.length > 2 && log.downQueries.length > 2, true)
    await db.synchronize()
    equal((await db.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query), [])
    await repo('Album').update({ id: 1 }, { medium: 'vinyl' })
    equal((await repo('Album').findOneBy({ id: 1 })).medium, 'vinyl')
  })
  await check('run and revert migrations', async () => {
    class Add1700000000001 { name = 'Add1700000000001'; async up(r) { await r.query('CREATE TABLE m (a int)') } async down(r) { await r.query('DROP TABLE m') } }
    const m = new DataSource({ ...options, migrations: [Add1700000000001] })
    await m.initialize()
    equal((await m.runMigrations()).map((x) => x.name), ['Add1700000000001'])
    equal(await m.showMigrations(), false)
    await m.undoLastMigration()
    await m.destroy()
  })
  await check('drop the schema', async () => {
    await db.dropDatabase()
    equal((await db.query("SELECT count(*)::int AS n FROM information_schema.tables WHERE table_schema = 'public'"))[0].n, 0)
  })
  await db.destroy().catch(() => {})
}

main().catch((e) => { console.error(e); process.exit(1) })
