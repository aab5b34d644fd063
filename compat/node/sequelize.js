// Sequelize 6: sync, alter, associations, scopes, and its query interface, which reads the catalog.
'use strict'
const { Sequelize, DataTypes, Op, UniqueConstraintError, ForeignKeyConstraintError, DatabaseError } = require('sequelize')
const { check, equal, version, url } = require('./check')

async function fails(kind, work) {
  try { await work() } catch (e) { if (e instanceof kind) return e; throw e }
  throw new Error('no ' + kind.name)
}

async function main() {
  version('sequelize')
  const db = new Sequelize(url, { logging: false, pool: { max: 3 } })
  const Artist = db.define('artist', { name: { type: DataTypes.STRING(80), allowNull: false, unique: true }, born: DataTypes.DATEONLY }, { comment: 'who plays' })
  const Album = db.define('album', {
    uid: { type: DataTypes.UUID, defaultValue: DataTypes.UUIDV4 }, title: { type: DataTypes.STRING, allowNull: false }, price: { type: DataTypes.DECIMAL(8, 2), defaultValue: 9.99 },
    info: DataTypes.JSONB, tags: { type: DataTypes.ARRAY(DataTypes.TEXT), defaultValue: [] }, live: { type: DataTypes.BOOLEAN, defaultValue: false }, cover: DataTypes.BLOB, ratio: DataTypes.DOUBLE,
    views: { type: DataTypes.BIGINT, defaultValue: 0 }, at: { type: DataTypes.DATE, defaultValue: DataTypes.NOW }, length: DataTypes.TIME,
  }, { indexes: [{ fields: ['title'] }, { fields: ['artistId', 'title'], unique: true }, { name: 'album_dear', fields: ['price'], where: { price: { [Op.gt]: 10 } } }], paranoid: true, version: true })
  const Genre = db.define('genre', { name: { type: DataTypes.STRING, primaryKey: true } }, { timestamps: false })
  Artist.hasMany(Album, { onDelete: 'CASCADE', foreignKey: { allowNull: false, name: 'artistId' } })
  Album.belongsTo(Artist, { foreignKey: 'artistId' })
  Album.belongsToMany(Genre, { through: 'album_genres' })
  Genre.belongsToMany(Album, { through: 'album_genres' })
  const q = db.getQueryInterface()

  await check('authenticate', () => db.authenticate())
  await check('sync', () => db.sync())
  await check('sync again, force', () => db.sync({ force: true }))
  await check('create with associations', async () => {
    const a = await Artist.create({ name: 'Can', albums: [{ title: 'Tago Mago', tags: ['a', 'b,c'], info: { label: 'UA', m: [1] }, cover: Buffer.from([0, 255]), genres: [{ name: 'rock' }] }, { title: 'Ege Bamyasi', price: 12.5 }] },
      { include: [{ model: Album, include: [Genre] }] })
    equal([a.id, a.albums.map((b) => b.id)], [1, [1, 2]])
  })
  await check('bulkCreate, with updateOnDuplicate', async () => {
    const neu = await Artist.create({ name: 'Neu!', born: '1971-01-01' })
    const many = await Album.bulkCreate([...Array(200).keys()].map((i) => ({ artistId: neu.id, title: `album ${i}`, price: i / 4, info: { n: i } })))
    equal(many.at(-1).id, 202)
    await Artist.bulkCreate([{ name: 'Neu!', born: '1972-01-01' }, { name: 'Faust' }], { updateOnDuplicate: ['born'], conflictAttributes: ['name'] })
    equal((await Artist.findOne({ where: { name: 'Neu!' } })).born, '1972-01-01')
  })
  await check('find with include, order, limit', async () => {
    const a = await Artist.findAll({ include: [{ model: Album, include: [Genre], where: { price: { [Op.lt]: 20 } } }], order: [['name', 'ASC'], [Album, 'price', 'DESC']], limit: 5 })
    equal(a.map((x) => [x.name, x.albums.length]), [['Can', 2], ['Neu!', 80]])
    equal(a[0].albums.flatMap((b) => b.genres.map((g) => g.name)), ['rock'])
    equal((await Album.findAndCountAll({ where: { price: { [Op.between]: [1, 2] } }, limit: 2 })).count, 5)
  })
  await check('operators', async () => {
    for (const [where, n] of [[{ title: { [Op.iLike]: 'TAGO%' } }, 1], [{ title: { [Op.regexp]: '^album 1\\d$' } }, 10], [{ tags: { [Op.contains]: ['a'] } }, 1], [{ tags: { [Op.overlap]: ['b,c', 'x'] } }, 1],
      [{ info: { label: 'UA' } }, 1], [{ 'info.n': 7 }, 1], [{ info: { [Op.contains]: { n: 9 } } }, 1], [{ id: { [Op.in]: [1, 2, 3] } }, 3], [{ [Op.or]: [{ price: 0 }, { title: 'Tago Mago' }] }, 2],
      [{ price: { [Op.not]: null } }, 202], [{ title: { [Op.startsWith]: 'album' } }, 200], [{ id: { [Op.notIn]: [1] } }, 201], [{ title: { [Op.any]: ['Tago Mago', 'x'] } }, 1],
      [db.where(db.fn('lower', db.col('title')), 'tago mago'), 1], [{ cover: { [Op.is]: null } }, 201]]) equal([JSON.stringify(where), await Album.count({ where })], [JSON.stringify(where), n])
  })
  await check('aggregates, groups, having', async () => {
    equal([await Album.sum('price'), await Album.max('price'), await Album.min('title'), await Album.count({ distinct: true, col: 'artistId' })], [4997.49, 49.75, 'Ege Bamyasi', 2])
    const r = await Album.findAll({ attributes: ['artistId', [db.fn('COUNT', db.col('id')), 'n'], [db.literal('AVG(price)::float8'), 'm']], group: ['artistId'], having: db.where(db.fn('COUNT', db.col('id')), { [Op.gt]: 5 }), raw: true })
    equal(r, [{ artistId: 2, n: '200', m: 24.875 }])
  })
  await check('update, increment, upsert, destroy, restore', async () => {
    const [n, rows] = await Album.update({ live: true }, { where: { artistId: 1 }, returning: true })
    equal([n, rows.every((b) => b.live)], [2, true])
    const b = await Album.findByPk(1)
    await b.increment('views', { by: 5 })
    equal((await b.reload()).views, '5')
    await b.update({ title: 'Tago Mago!' })
    const [g, made] = await Genre.upsert({ name: 'rock' })
    equal([g.name, made], ['rock', null])
    equal((await Genre.findOrCreate({ where: { name: 'jazz' } }))[1], true)
    await b.destroy()
    equal(await Album.findByPk(1), null)
    await b.restore()
    equal((await Album.findByPk(1)).title, 'Tago Mago!')
  })
  await check('association methods', async () => {
    const b = await Album.findByPk(2)
    await b.addGenres(['jazz', 'rock'])
    equal((await b.countGenres()), 2)
    await b.setGenres(['jazz'])
    equal((await b.getGenres()).map((g) => g.name), ['jazz'])
    equal((await (await Genre.findByPk('jazz')).getAlbums()).map((x) => x.title), ['Ege Bamyasi'])
  })
  await check('transactions: managed, nested by savepoint, isolation, locks', async () => {
    await db.transaction({ isolationLevel: Sequelize.Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, async (t) => {
      await Artist.create({ name: 'Cluster' }, { transaction: t })
      await db.transaction({ transaction: t }, async (s) => { await Artist.create({ name: 'Cluster' }, { transaction: s }) }).catch((e) => equal(e.name, 'SequelizeUniqueConstraintError'))
      equal((await Artist.findAll({ where: { name: 'Cluster' }, lock: t.LOCK.UPDATE, skipLocked: true, transaction: t })).length, 1)
    })
    await db.transaction(async (t) => { await Album.destroy({ where: {}, force: true, transaction: t }); throw new Error('back') }).catch((e) => equal(e.message, 'back'))
    equal(await Album.count(), 202)
  })
  await check('errors', async () => {
    const e = await fails(UniqueConstraintError, () => Artist.create({ name: 'Can' }))
    equal([e.fields, e.parent.code], [{ name: 'Can' }, '23505'])
    const f = await fails(ForeignKeyConstraintError, () => Album.create({ title: 'x', artistId: 99 }))
    equal([f.table, f.index], ['albums', 'albums_artistId_fkey'])
    equal((await fails(DatabaseError, () => db.query('SELECT * FROM nowhere'))).parent.code, '42P01')
  })
  await check('raw queries, replacements, bind, model', async () => {
    equal(await db.query('SELECT :a::int + $1 AS s', { replacements: { a: 1 }, type: 'SELECT' }).catch(() => 'refused'), 'refused')
    equal(await db.query('SELECT $a::int AS s', { bind: { a: 1 }, type: 'SELECT' }), [{ s: 1 }])
    equal(await db.query('SELECT name FROM artists WHERE id IN (:ids) ORDER BY id', { replacements: { ids: [1, 2] }, type: 'SELECT' }), [{ name: 'Can' }, { name: 'Neu!' }])
  })
  await check('query interface: describe, indexes, foreign keys, tables, schemas', async () => {
    const d = await q.describeTable('albums')
    equal([d.title.type, d.title.allowNull, d.id.primaryKey, d.id.autoIncrement ?? true, d.price.type, d.tags.type, d.at.type], ['CHARACTER VARYING(255)', false, true, true, 'NUMERIC', 'ARRAY', 'TIMESTAMP WITH TIME ZONE'])
    const i = await q.showIndex('albums')
    equal(i.map((x) => [x.name, x.unique, x.primary]).sort(), [['album_dear', false, false], ['albums_artist_id_title', true, false], ['albums_pkey', true, true], ['albums_title', false, false]])
    equal((await q.getForeignKeyReferencesForTable('albums')).map((f) => [f.constraintName, f.columnName, f.referencedTableName, f.referencedColumnName]), [['albums_artistId_fkey', 'artistId', 'artists', 'id']])
    equal((await q.showAllTables()).sort(), ['album_genres', 'albums', 'artists', 'genres'])
    equal((await q.showConstraint('albums', 'albums_pkey')).map((c) => c.constraintType).includes('PRIMARY KEY'), true)
    equal(await q.tableExists('albums'), true)
    await q.createSchema('shop')
    equal((await q.showAllSchemas()).includes('shop'), true)
    await q.dropSchema('shop')
    equal(/^15\./.test(await db.databaseVersion()), true)
  })
  await check('query interface: migrations', async () => {
    await q.createTable('labels', { id: { type: DataTypes.INTEGER, primaryKey: true, autoIncrement: true }, name: DataTypes.STRING(20), artist: { type: DataTypes.INTEGER, references: { model: 'artists', key: 'id' }, onUpdate: 'CASCADE', onDelete: 'SET NULL' } })
    await q.addColumn('labels', 'city', { type: DataTypes.STRING, defaultValue: 'Köln', allowNull: false })
    await q.renameColumn('labels', 'city', 'town')
    await q.changeColumn('labels', 'name', { type: DataTypes.TEXT, allowNull: false })
    await q.addIndex('labels', ['town'], { name: 'labels_town', unique: true })
    await q.addConstraint('labels', { type: 'check', fields: ['name'], name: 'named', where: { name: { [Op.ne]: '' } } })
    await q.removeConstraint('labels', 'named')
    await q.removeIndex('labels', 'labels_town')
    await q.removeColumn('labels', 'town')
    await q.renameTable('labels', 'prints')
    await q.bulkInsert('prints', [{ name: 'a' }, { name: 'b' }])
    equal((await q.select(null, 'prints', { plain: false })).length, 2)
    await q.dropTable('prints')
  })
  await check('enum columns', async () => {
    const Disc = db.define('disc', { medium: { type: DataTypes.ENUM('vinyl', 'cd'), defaultValue: 'cd' } }, { timestamps: false })
    await Disc.sync()
    await Disc.bulkCreate([{ medium: 'vinyl' }, {}])
    equal((await Disc.findAll({ order: ['medium'], raw: true })).map((d) => d.medium), ['vinyl', 'cd'])
    Disc.rawAttributes.medium.values.push('tape')
    Disc.rawAttributes.medium.type = DataTypes.ENUM('vinyl', 'cd', 'tape')
    Disc.refreshAttributes()
    await Disc.sync({ alter: true })
    await Disc.create({ medium: 'tape' })
    equal(Object.keys(await q.describeTable('discs')).sort(), ['id', 'medium'])
    await Disc.drop({})
  })
  await check('sync by alter', async () => {
    db.define('artist', { name: { type: DataTypes.STRING(120), allowNull: false, unique: true }, born: DataTypes.DATEONLY, country: { type: DataTypes.CHAR(2), defaultValue: 'de' } })
    await db.models.artist.sync({ alter: true })
    equal((await q.describeTable('artists')).country.defaultValue, 'de')
  })
  await check('truncate and drop', async () => {
    await Album.truncate({ cascade: true, restartIdentity: true })
    await db.drop({})
    equal(await q.showAllTables(), [])
  })
  await db.close()
}

main().catch((e) => { console.error(e); process.exit(1) })
