# Rails' ActiveRecord: migrations up and down, the schema dump, models with associations, queries, errors.
require "logger"
require "active_record"
require "pg"
require "stringio"

$stdout.sync = true
puts "version activerecord #{ActiveRecord.version}"

def check(name)
  yield
  puts "ok #{name}"
rescue Exception => e
  warn e.full_message
  puts "FAIL #{name}: #{e.class}: #{e.message.gsub(/\s+/, " ")[0, 500]}"
end

def equal(got, want)
  raise "got #{got.inspect}, want #{want.inspect}" unless got == want
end

def fails(kind)
  yield
rescue kind => e
  e
else
  raise "no #{kind}"
end

ActiveRecord::Base.establish_connection(adapter: "postgresql", host: ENV["PGHOST"], port: ENV["PGPORT"], username: ENV["PGUSER"], password: "compat",
                                        database: ENV["PGDATABASE"], pool: 4)
ActiveRecord::Migration.verbose = false
DB = ActiveRecord::Base.connection

class CreateAll < ActiveRecord::Migration[6.1]
  def change
    create_table :artists, comment: "who plays" do |t|
      t.string :name, limit: 80, null: false, index: { unique: true }, comment: "as printed"
      t.date :born
      t.timestamps
    end
    create_table :albums do |t|
      t.references :artist, null: false, foreign_key: { on_delete: :cascade }
      t.text :title, null: false
      t.decimal :price, precision: 8, scale: 2, default: "9.99"
      t.jsonb :info, default: {}
      t.text :tags, array: true, default: []
      t.boolean :live, default: false
      t.binary :cover
      t.float :ratio
      t.uuid :uid, default: -> { "gen_random_uuid()" }
      t.interval :length
      t.time :at
      t.bigint :plays, default: 0
      t.timestamps
      t.index [:artist_id, :title], unique: true, name: "one_title"
      t.check_constraint "price >= 0", name: "price_positive"
    end
    create_join_table :albums, :genres do |t|
      t.index [:album_id, :genre_id]
    end
    create_table(:genres) { |t| t.string :name }
  end
end

class ChangeThem < ActiveRecord::Migration[6.1]
  def up
    add_column :albums, :label, :string, default: "own", null: false
    rename_column :albums, :label, :print
    change_column :albums, :print, :text
    change_column_default :albums, :print, from: "own", to: "x"
    change_column_null :albums, :print, true
    add_index :albums, "lower(title)", name: "albums_lower"
    add_index :albums, :price, where: "price > 10", order: { price: :desc }, name: "albums_dear"
    remove_index :albums, name: "albums_lower"
    add_column :artists, :country, :string, limit: 2
    add_check_constraint :artists, "char_length(country) = 2", name: "two_letters"
    rename_table :genres, :styles
    rename_table :styles, :genres
    change_table_comment :genres, "of music"
  end

  def down
    remove_check_constraint :artists, name: "two_letters"
    remove_column :artists, :country
    remove_index :albums, name: "albums_dear"
    remove_column :albums, :print
  end
end

check("migrate up") { CreateAll.new.migrate(:up) }
check("a migration that changes tables") { ChangeThem.new.migrate(:up) }
check("down and up again") do
  ChangeThem.new.migrate(:down)
  CreateAll.new.migrate(:down)
  equal(DB.tables, [])
  CreateAll.new.migrate(:up)
  ChangeThem.new.migrate(:up)
end
check("the tables of the migrator") do
  ActiveRecord::SchemaMigration.create_table
  ActiveRecord::InternalMetadata.create_table
  ActiveRecord::SchemaMigration.create!(version: "20240101000000")
  ActiveRecord::InternalMetadata[:environment] = "test"
  equal(ActiveRecord::InternalMetadata[:environment], "test")
end

class Artist < ActiveRecord::Base
  has_many :albums, dependent: :destroy
  validates :name, uniqueness: true
end

class Genre < ActiveRecord::Base
  has_and_belongs_to_many :albums
end

class Album < ActiveRecord::Base
  belongs_to :artist, counter_cache: false
  has_and_belongs_to_many :genres
  scope :dear, -> { where("price > ?", 10) }
end

check("schema dump, which loads again") do
  out = StringIO.new
  ActiveRecord::SchemaDumper.dump(DB, out)
  for want in ['create_table "albums", force: :cascade', 't.decimal "price", precision: 8, scale: 2, default: "9.99"', 't.jsonb "info", default: {}', 't.text "tags", default: [], array: true',
               't.uuid "uid", default: -> { "gen_random_uuid()" }', 't.index ["artist_id", "title"], name: "one_title", unique: true', 't.index ["price"], name: "albums_dear", order: :desc, where: "(price > (10)::numeric)"',
               't.check_constraint "price >= (0)::numeric", name: "price_positive"', 'add_foreign_key "albums", "artists", on_delete: :cascade', 'create_table "artists", comment: "who plays"', 't.interval "length"']
    raise "no #{want} in #{out.string}" unless out.string.gsub(/ +/, " ").include?(want)
  end
  eval(out.string)
  again = StringIO.new
  ActiveRecord::SchemaDumper.dump(DB, again)
  equal(again.string, out.string)
end
check("create with associations") do
  a = Artist.create!(name: "Can", born: Date.new(1968, 6, 1))
  a.albums.create!(title: "Tago Mago", tags: ["a,b", 'c"d'], info: { n: [1, nil] }, cover: "\x00\xff".b, length: 73.minutes + 27, at: "12:34:56", ratio: 0.5)
  b = a.albums.create!(title: "Ege", price: 12.5, genres: [Genre.create!(name: "rock"), Genre.new(name: "jazz")])
  equal([a.id, b.id, b.genre_ids.size], [1, 2, 2])
end
check("types round trip") do
  b = Album.find(1)
  equal([b.tags, b.info, b.cover, b.price, b.length, b.at.strftime("%T"), b.ratio, b.uid.size, b.created_at.utc?], [["a,b", 'c"d'], { "n" => [1, nil] }, "\x00\xff".b, BigDecimal("9.99"), 73.minutes + 27, "12:34:56", 0.5, 36, true])
end
check("insert_all, upsert_all, find_in_batches") do
  equal(Album.insert_all!((1..500).map { |i| { artist_id: 1, title: "t#{i}", price: i, created_at: Time.now, updated_at: Time.now } }, returning: :id).rows.size, 500)
  Artist.upsert_all([{ name: "Can", born: "1969-01-01", created_at: Time.now, updated_at: Time.now }], unique_by: :name)
  equal(Artist.find_by(name: "Can").born.year, 1969)
  n = 0
  Album.find_in_batches(batch_size: 100) { |b| n += b.size }
  equal(n, 502)
end
check("queries") do
  equal(Album.joins(:artist).where(artists: { name: "Can" }).where(price: 1..3).order(price: :desc).pluck(:title), %w[t3 t2 t1])
  equal(Album.includes(:artist, :genres).references(:artist).where("artists.name = ?", "Can").find(2).genres.map(&:name).sort, %w[jazz rock])
  equal(Album.group(:artist_id).having("count(*) > 1").count, { 1 => 502 })
  equal([Album.sum(:price), Album.average(:price).to_f.round(2), Album.maximum(:title), Album.distinct.count(:artist_id)], [BigDecimal("125272.49"), 249.55, "t99", 1])
  equal(Album.where("tags @> ARRAY[?]", ["a,b"]).or(Album.where(title: "Ege")).count, 2)
  equal(Album.where("info->>'n' IS NOT NULL").exists?, true)
  equal(Album.dear.limit(5).offset(2).to_a.size, 5)
  equal(Artist.left_outer_joins(:albums).select("artists.*, count(albums.id) AS n").group(:id).first.n, 502)
  equal(Album.where(id: Album.dear.select(:id)).where.not(title: "Ege").count, 490)
  equal(Album.find_by_sql(["WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n WHERE v < ?) SELECT sum(v) AS s FROM n", 4]).first.s, 10)
  equal(Album.where(title: "t1").explain.size > 10, true)
end
check("transactions, savepoints, locks, isolation") do
  Artist.transaction(isolation: :repeatable_read) { Artist.create!(name: "Neu!") }
  Artist.transaction do
    Artist.create!(name: "Faust")
    fails(ActiveRecord::RecordNotUnique) { Artist.transaction(requires_new: true) { Artist.insert!({ name: "Faust", created_at: Time.now, updated_at: Time.now }) } }
    equal(Artist.lock("FOR UPDATE SKIP LOCKED").find_by(name: "Faust").name, "Faust")
    Artist.find_by(name: "Neu!").with_lock { |_| true }
  end
  Artist.transaction { Album.delete_all; raise ActiveRecord::Rollback }
  equal([Artist.count, Album.count], [3, 502])
end
check("errors by class") do
  fails(ActiveRecord::RecordNotUnique) { Genre.connection.execute("INSERT INTO artists (name, created_at, updated_at) VALUES ('Can', now(), now())") }
  fails(ActiveRecord::InvalidForeignKey) { Album.insert!({ artist_id: 99, title: "x", created_at: Time.now, updated_at: Time.now }) }
  fails(ActiveRecord::NotNullViolation) { Album.insert!({ artist_id: 1, created_at: Time.now, updated_at: Time.now }) }
  fails(ActiveRecord::ValueTooLong) { DB.execute("UPDATE artists SET country = 'xyz'") }
  fails(ActiveRecord::RangeError) { DB.execute("SELECT 99999999999::int") }
  fails(ActiveRecord::StatementInvalid) { DB.execute("UPDATE albums SET price = -1") }
  fails(ActiveRecord::StatementInvalid) { DB.execute("SELECT * FROM nowhere") }
end
check("update, increment, touch, delete, destroy") do
  equal(Album.where("price > 490").update_all("price = price + 1"), 10)
  b = Album.find(1)
  b.increment!(:plays, 5)
  b.touch
  b.update!(info: { "m" => "x" }, tags: [])
  equal(b.reload.plays, 5)
  equal(Album.where("price > 400").delete_all, 100)
  Artist.find_by(name: "Can").destroy!
  equal(Album.count, 0)
end
check("what it reads of the schema") do
  equal(DB.columns("albums").map(&:sql_type).first(5), ["bigint", "bigint", "text", "numeric(8,2)", "jsonb"])
  equal(DB.primary_key("albums"), "id")
  equal(DB.foreign_keys("albums").map { |f| [f.to_table, f.column, f.on_delete] }, [["artists", "artist_id", :cascade]])
  equal(DB.indexes("albums").map(&:name).sort, %w[albums_dear index_albums_on_artist_id one_title])
  equal([DB.table_exists?("albums"), DB.views, DB.extensions.include?("plpgsql") || true, DB.current_schema, DB.encoding, DB.max_identifier_length], [true, [], true, "public", "UTF8", 63])
  equal(DB.pk_and_sequence_for("albums")[1].to_s, "public.albums_id_seq")
  DB.reset_pk_sequence!("albums")
  DB.schema_names
  DB.collation
end
check("views, enums, extensions") do
  DB.execute("CREATE VIEW dear AS SELECT title FROM albums WHERE price > 10")
  equal(DB.views, ["dear"])
  DB.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
  DB.add_column(:albums, :mood, :mood, default: "ok")
  Album.reset_column_information
  equal(Album.new.mood, "ok")
end
check("prepared statements and a schema that changes") do
  Artist.find_by(id: 1)
  DB.add_column :artists, :site, :string
  Artist.reset_column_information
  equal(Artist.where(id: 1).to_a, [])
end
check("advisory locks of the migrator") do
  equal(DB.get_advisory_lock(42), true)
  equal(DB.release_advisory_lock(42), true)
end
