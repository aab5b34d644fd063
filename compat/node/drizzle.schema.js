// The schema that drizzle.js and drizzle-kit read.
'use strict'
const { relations, sql } = require('drizzle-orm')
const { pgTable, pgEnum, pgView, serial, bigserial, integer, bigint, varchar, text, numeric, jsonb, timestamp, date, boolean, uuid, uniqueIndex, index, check, primaryKey } = require('drizzle-orm/pg-core')

const medium = pgEnum('medium', ['vinyl', 'cd'])
const artists = pgTable('artists', { id: serial('id').primaryKey(), name: varchar('name', { length: 80 }).notNull().unique(), born: date('born') })
const albums = pgTable('albums', {
  id: bigserial('id', { mode: 'number' }).primaryKey(), artistId: integer('artist_id').notNull().references(() => artists.id, { onDelete: 'cascade' }), title: text('title').notNull(),
  price: numeric('price', { precision: 8, scale: 2 }).default('9.99'), info: jsonb('info'), tags: text('tags').array().default([]), made: timestamp('made', { withTimezone: true }).defaultNow(),
  live: boolean('live').default(false), uid: uuid('uid').defaultRandom(), medium: medium('medium').default('cd'),
}, (t) => [uniqueIndex('album_title').on(t.artistId, t.title), index('album_price').on(t.price.desc()), check('price_positive', sql`price >= 0`)])
const genres = pgTable('genres', { id: integer('id').primaryKey().generatedAlwaysAsIdentity(), name: text('name').notNull() })
const albumGenres = pgTable('album_genres', { albumId: bigint('album_id', { mode: 'number' }).references(() => albums.id), genreId: integer('genre_id').references(() => genres.id) }, (t) => [primaryKey({ columns: [t.albumId, t.genreId] })])
const dear = pgView('dear', { title: text('title') }).as(sql`SELECT title FROM albums WHERE price > 10`)

module.exports = {
  medium, artists, albums, genres, albumGenres, dear,
  artistRelations: relations(artists, ({ many }) => ({ albums: many(albums) })),
  albumRelations: relations(albums, ({ one, many }) => ({ artist: one(artists, { fields: [albums.artistId], references: [artists.id] }), genres: many(albumGenres) })),
  albumGenreRelations: relations(albumGenres, ({ one }) => ({ album: one(albums, { fields: [albumGenres.albumId], references: [albums.id] }), genre: one(genres, { fields: [albumGenres.genreId], references: [genres.id] }) })),
}
