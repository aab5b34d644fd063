"""SQLAlchemy 2: reflection, Core and ORM, over psycopg 3, psycopg2 and asyncpg."""

import asyncio
import datetime as dt
import enum
import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from check import HAS_VECTOR, URL, check, equal, raises, version

version("sqlalchemy " + sa.__version__)
BASE = URL.split("://", 1)[1]
engine = sa.create_engine("postgresql+psycopg://" + BASE)


class Base(orm.DeclarativeBase):
    metadata = sa.MetaData(naming_convention={"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
                                              "ck": "ck_%(table_name)s_%(constraint_name)s",
                                              "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s", "pk": "pk_%(table_name)s"})


class Medium(enum.Enum):
    vinyl = 1
    cd = 2


album_genre = sa.Table("album_genre", Base.metadata, sa.Column("album_id", sa.ForeignKey("album.id", ondelete="CASCADE"), primary_key=True),
                       sa.Column("genre_id", sa.ForeignKey("genre.id"), primary_key=True))


class Genre(Base):
    __tablename__ = "genre"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), unique=True)


class Artist(Base):
    __tablename__ = "artist"
    __table_args__ = (sa.CheckConstraint("char_length(name) > 0", name="named"), {"comment": "who plays"})
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(index=True, comment="as printed")
    albums: orm.Mapped[list["Album"]] = orm.relationship(back_populates="artist", cascade="all, delete-orphan", order_by="Album.id")


class Album(Base):
    __tablename__ = "album"
    __table_args__ = (sa.UniqueConstraint("artist_id", "title"),)
    id: orm.Mapped[int] = orm.mapped_column(sa.BigInteger, sa.Identity(always=False), primary_key=True)
    artist_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("artist.id", ondelete="CASCADE"))
    title: orm.Mapped[str]
    released: orm.Mapped[dt.date | None]
    price: orm.Mapped[Decimal | None] = orm.mapped_column(sa.Numeric(8, 2), server_default=sa.text("9.99"))
    made: orm.Mapped[dt.datetime] = orm.mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    info: orm.Mapped[dict | None] = orm.mapped_column(pg.JSONB)
    tags: orm.Mapped[list[str]] = orm.mapped_column(pg.ARRAY(sa.Text), server_default="{}")
    uid: orm.Mapped[uuid.UUID] = orm.mapped_column(default=uuid.uuid4)
    length: orm.Mapped[dt.timedelta | None]
    cover: orm.Mapped[bytes | None]
    version: orm.Mapped[int] = orm.mapped_column(default=0)
    artist: orm.Mapped[Artist] = orm.relationship(back_populates="albums")
    genres: orm.Mapped[list[Genre]] = orm.relationship(secondary=album_genre)
    __mapper_args__ = {"version_id_col": version}


class WithEnum(Base):
    __tablename__ = "with_enum"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    medium: orm.Mapped[Medium] = orm.mapped_column(sa.Enum(Medium, name="medium", metadata=sa.MetaData()))


plain = [t for t in Base.metadata.sorted_tables if t.name != "with_enum"]


@check("create_all")
def _():
    Base.metadata.create_all(engine, tables=plain)
    Base.metadata.create_all(engine, tables=plain)  # looks, and finds all of it


@check("insert by the unit of work")
def _():
    with orm.Session(engine) as s:
        rock = Genre(name="rock")
        can = Artist(name="Can", albums=[
            Album(title="Tago Mago", released=dt.date(1971, 2, 1), info={"label": "UA", "n": [1, 2]}, tags=["kraut"], length=dt.timedelta(hours=1, minutes=13),
                  genres=[rock, Genre(name="psychedelic")], cover=b"\x00\xff"),
            Album(title="Ege Bamyasi", price=Decimal("12.50"), genres=[rock])])
        s.add_all([can, Artist(name="Neu!")])
        s.commit()
        equal([a.id for a in can.albums], [1, 2])
        equal(can.albums[0].price, Decimal("9.99"))
        equal(can.albums[0].made.tzinfo is not None, True)


@check("many rows: insertmanyvalues with RETURNING")
def _():
    with orm.Session(engine) as s:
        neu = s.scalar(sa.select(Artist).where(Artist.name == "Neu!"))
        s.add_all([Album(artist=neu, title=f"Neu! {i}", price=Decimal(i)) for i in range(1200)])
        s.commit()
        equal(s.scalar(sa.select(sa.func.count()).select_from(Album)), 1202)
        got = s.scalars(sa.insert(Genre).returning(Genre, sort_by_parameter_order=True), [{"name": f"g{i}"} for i in range(30)]).all()
        equal([g.name for g in got], [f"g{i}" for i in range(30)])
        s.rollback()


@check("eager loading")
def _():
    with orm.Session(engine) as s:
        a = s.scalars(sa.select(Artist).options(orm.selectinload(Artist.albums).selectinload(Album.genres)).where(Artist.name == "Can")).one()
        equal(sorted(g.name for g in a.albums[0].genres), ["psychedelic", "rock"])
        b = s.scalars(sa.select(Album).options(orm.joinedload(Album.artist)).order_by(Album.id).limit(3)).unique().all()
        equal([x.artist.name for x in b], ["Can", "Can", "Neu!"])
        c = s.scalars(sa.select(Artist).options(orm.subqueryload(Artist.albums)).order_by(Artist.id)).all()
        equal([len(x.albums) for x in c], [2, 1200])


@check("queries")
def _():
    with orm.Session(engine) as s:
        n = sa.func.count(Album.id).label("n")
        equal(s.execute(sa.select(Artist.name, n, sa.func.sum(Album.price)).join(Artist.albums).group_by(Artist.name).having(n > 1).order_by(n)).all(),
              [("Can", 2, Decimal("22.49")), ("Neu!", 1200, Decimal("719400.00"))])
        equal(s.scalars(sa.select(Album.title).where(Album.info["label"].astext == "UA")).all(), ["Tago Mago"])
        equal(s.scalars(sa.select(Album.title).where(Album.info.contains({"n": [1, 2]}))).all(), ["Tago Mago"])
        equal(s.scalars(sa.select(Album.title).where(Album.tags.any("kraut"))).all(), ["Tago Mago"])
        equal(s.scalars(sa.select(Album.title).where(Album.tags.contains(["kraut"]))).all(), ["Tago Mago"])
        equal(s.scalars(sa.select(Album.title).where(Album.title.ilike("tago%"))).all(), ["Tago Mago"])
        equal(s.scalars(sa.select(Album.title).where(Album.title.regexp_match("^Ege"))).all(), ["Ege Bamyasi"])
        equal(s.scalar(sa.select(sa.func.to_char(Album.released, "YYYY")).where(Album.id == 1)), "1971")
        equal(s.scalar(sa.select(sa.extract("year", Album.released)).where(Album.id == 1)), 1971)
        sub = sa.select(sa.func.max(Album.price)).where(Album.artist_id == Artist.id).correlate(Artist).scalar_subquery()
        equal(s.execute(sa.select(Artist.name, sub).order_by(Artist.id)).all(), [("Can", Decimal("12.50")), ("Neu!", Decimal("1199.00"))])
        equal(s.scalars(sa.select(Artist.name).where(Artist.albums.any(Album.price > 1000))).all(), ["Neu!"])
        r = sa.func.row_number().over(partition_by=Album.artist_id, order_by=Album.price.desc()).label("r")
        top = sa.select(Album.title, r).subquery()
        equal(sorted(s.scalars(sa.select(top.c.title).where(top.c.r == 1))), ["Ege Bamyasi", "Neu! 1199"])
        equal(s.scalars(sa.union_all(sa.select(Artist.name), sa.select(Genre.name)).order_by("name").limit(2)).all(), ["Can", "Neu!"])
        equal(s.scalar(sa.select(sa.exists().where(Artist.name == "nobody"))), False)
        equal(s.scalars(sa.select(sa.cast(Album.price, sa.String)).where(Album.id.in_([1, 2])).order_by(Album.id)).all(), ["9.99", "12.50"])
        equal(s.execute(sa.select(Album.title, sa.case((Album.price > 10, "dear"), else_="cheap")).where(sa.tuple_(Album.id, Album.version).in_([(1, 1), (2, 1)])).order_by(Album.id)).all(),
              [("Tago Mago", "cheap"), ("Ege Bamyasi", "dear")])
        equal(s.scalar(sa.select(sa.func.coalesce(sa.func.sum(Album.price).filter(Album.price > 10**6), 0))), 0)
        equal(s.scalar(sa.select(sa.func.array_agg(pg.aggregate_order_by(Genre.name, Genre.name.desc())))), ["rock", "psychedelic"])


@check("recursive CTE")
def _():
    with engine.connect() as c:
        n = sa.select(sa.literal(1).label("n")).cte("n", recursive=True)
        n = n.union_all(sa.select(n.c.n + 1).where(n.c.n < 10))
        equal(c.scalar(sa.select(sa.func.sum(n.c.n))), 55)


@check("values and lateral")
def _():
    with engine.connect() as c:
        v = sa.values(sa.column("a", sa.Integer), sa.column("b", sa.String), name="v").data([(1, "x"), (2, "y")])
        equal(c.execute(sa.select(v).order_by(v.c.a.desc())).all(), [(2, "y"), (1, "x")])
        lat = sa.select(Album.title).where(Album.artist_id == Artist.id).order_by(Album.price.desc()).limit(1).lateral()
        equal(c.execute(sa.select(Artist.name, lat.c.title).join(lat, sa.true()).order_by(Artist.id)).all(), [("Can", "Ege Bamyasi"), ("Neu!", "Neu! 1199")])
        g = sa.func.generate_series(1, 3).table_valued("n", with_ordinality="o").render_derived()
        equal(c.execute(sa.select(g.c.n, g.c.o)).all(), [(1, 1), (2, 2), (3, 3)])
        u = sa.func.unnest(pg.array(["a", "b"])).column_valued("u")
        equal(c.scalars(sa.select(u)).all(), ["a", "b"])


@check("upsert")
def _():
    with engine.begin() as c:
        ins = pg.insert(Genre).values(name="rock")
        equal(c.execute(ins.on_conflict_do_nothing().returning(Genre.id)).all(), [])
        up = ins.on_conflict_do_update(index_elements=[Genre.name], set_={"name": ins.excluded.name + "!"}).returning(Genre.name)
        equal(c.scalar(up), "rock!")
        up = pg.insert(Genre).values(name="rock!").on_conflict_do_update(constraint="uq_genre_name", set_={"name": "rock"}, where=Genre.name == "rock!")
        equal(c.scalar(up.returning(Genre.name)), "rock")


@check("update, delete, returning, bulk by primary key")
def _():
    with orm.Session(engine) as s:
        equal(len(s.execute(sa.update(Album).where(Album.price < 5).values(price=Album.price + 1).returning(Album.id)).all()), 5)
        s.execute(sa.update(Album), [{"id": 3, "title": "first", "version": 1}, {"id": 4, "title": "second", "version": 1}])
        equal(s.execute(sa.delete(Album).where(Album.artist_id == Artist.id, Artist.name == "Neu!")).rowcount, 1200)
        s.rollback()


@check("optimistic locking and stale data")
def _():
    with orm.Session(engine) as a, orm.Session(engine) as b:
        x, y = a.get(Album, 1), b.get(Album, 1)
        x.title = "Tago Mago (remastered)"
        a.commit()
        y.title = "other"
        raises(orm.exc.StaleDataError, b.commit)


@check("FOR UPDATE")
def _():
    with orm.Session(engine) as s:
        equal(s.scalars(sa.select(Album).where(Album.id == 1).with_for_update(skip_locked=True)).one().id, 1)
        equal(s.scalars(sa.select(Album).where(Album.id == 1).with_for_update(nowait=True, of=Album)).one().id, 1)
        s.rollback()


@check("cascade and orphans")
def _():
    with orm.Session(engine) as s:
        a = s.scalars(sa.select(Artist).where(Artist.name == "Can")).one()
        a.albums.pop()
        s.flush()
        s.delete(a)
        s.flush()
        equal(s.scalar(sa.select(sa.func.count()).select_from(album_genre)), 0)
        s.rollback()


class raises_integrity:
    def __enter__(self):
        return self

    def __exit__(self, kind, e, tb):
        equal(kind, sa.exc.IntegrityError)
        equal((e.orig.sqlstate, e.orig.diag.constraint_name), ("23505", "uq_genre_name"))
        return True


@check("savepoints")
def _():
    with orm.Session(engine) as s:
        s.add(Genre(name="ambient"))
        with raises_integrity(), s.begin_nested():
            s.add(Genre(name="rock"))
            s.flush()
        s.commit()
        equal(s.scalar(sa.select(sa.func.count()).select_from(Genre)), 3)


@check("errors by class")
def _():
    def run(q):
        with engine.begin() as c:
            c.execute(sa.text(q))

    raises(sa.exc.IntegrityError, lambda: run("INSERT INTO artist (name) VALUES ('')"), "23514")
    raises(sa.exc.IntegrityError, lambda: run("INSERT INTO album (artist_id, title) VALUES (99, 't')"))
    raises(sa.exc.ProgrammingError, lambda: run("SELECT * FROM nowhere"), "42P01")
    raises(sa.exc.DataError, lambda: run("SELECT 1/0"), "22012")
    raises(sa.exc.ProgrammingError, lambda: run("SELEC"), "42601")


@check("streaming")
def _():
    with engine.connect().execution_options(stream_results=True, max_row_buffer=100) as c:
        equal(sum(1 for _ in c.execute(sa.select(Album.id))), 1202)
    with orm.Session(engine) as s:
        equal(sum(len(p) for p in s.scalars(sa.select(Album).execution_options(yield_per=100)).partitions()), 1202)


@check("isolation levels")
def _():
    with engine.connect() as c:
        equal(c.default_isolation_level, "READ COMMITTED")
        equal(c.get_isolation_level(), "READ COMMITTED")
    for level in ("REPEATABLE READ", "SERIALIZABLE", "AUTOCOMMIT"):
        with engine.connect().execution_options(isolation_level=level) as c:
            equal(c.scalar(sa.text("SELECT 1")), 1)


insp = None


@check("inspector: tables")
def _():
    global insp
    insp = sa.inspect(engine)
    equal(insp.default_schema_name, "public")
    equal("public" in insp.get_schema_names(), True)
    equal(sorted(insp.get_table_names()), ["album", "album_genre", "artist", "genre"])
    equal(insp.has_table("album"), True)
    equal(insp.has_table("nowhere"), False)
    equal(insp.get_table_comment("artist"), {"text": "who plays"})
    equal(insp.get_table_oid("artist") > 16383, True)


@check("inspector: columns")
def _():
    c = {x["name"]: x for x in insp.get_columns("album")}
    equal(list(c), ["id", "artist_id", "title", "released", "price", "made", "info", "tags", "uid", "length", "cover", "version"])
    equal([str(c[n]["type"]) for n in c], ["BIGINT", "INTEGER", "VARCHAR", "DATE", "NUMERIC(8, 2)", "TIMESTAMP", "JSONB", "ARRAY", "UUID", "INTERVAL", "BYTEA", "INTEGER"])
    equal((c["id"]["identity"]["always"], c["id"]["identity"]["start"], c["id"]["nullable"]), (False, 1, False))
    equal((c["price"]["default"], c["made"]["default"], c["tags"]["default"]), ("9.99", "now()", "'{}'::text[]"))
    equal(c["made"]["type"].timezone, True)
    a = {x["name"]: x for x in insp.get_columns("artist")}
    equal((a["id"]["default"], a["id"]["autoincrement"], a["name"]["comment"]), ("nextval('artist_id_seq'::regclass)", True, "as printed"))


@check("inspector: constraints")
def _():
    key = insp.get_pk_constraint("album_genre")
    equal((key["constrained_columns"], key["name"]), (["album_id", "genre_id"], "pk_album_genre"))
    fk = sorted(insp.get_foreign_keys("album_genre"), key=lambda f: f["name"])
    equal([(f["name"], f["constrained_columns"], f["referred_table"], f["referred_columns"], f["options"]) for f in fk],
          [("fk_album_genre_album_id_album", ["album_id"], "album", ["id"], {"ondelete": "CASCADE"}), ("fk_album_genre_genre_id_genre", ["genre_id"], "genre", ["id"], {})])
    equal([(u["name"], u["column_names"]) for u in insp.get_unique_constraints("album")], [("uq_album_artist_id", ["artist_id", "title"])])
    equal([(k["name"], k["sqltext"]) for k in insp.get_check_constraints("artist")], [("ck_artist_named", "char_length(name::text) > 0")])


@check("inspector: indexes")
def _():
    got = insp.get_indexes("artist")
    equal([(i["name"], i["column_names"], i["unique"]) for i in got], [("ix_artist_name", ["name"], False)])
    equal([i["duplicates_constraint"] for i in insp.get_indexes("genre")], ["uq_genre_name"])


@check("inspector: everything at once")
def _():
    for get in (insp.get_multi_columns, insp.get_multi_pk_constraint, insp.get_multi_foreign_keys, insp.get_multi_indexes, insp.get_multi_unique_constraints,
                insp.get_multi_check_constraints, insp.get_multi_table_comment):
        equal(len(get(kind=sa.engine.reflection.ObjectKind.ANY)) >= 4, True)
    for get in (insp.get_multi_columns, insp.get_multi_indexes):
        get(schema="pg_catalog", kind=sa.engine.reflection.ObjectKind.ANY)


@check("inspector: views, sequences, enums, domains")
def _():
    equal("artist_id_seq" in insp.get_sequence_names(), True)
    equal(insp.has_sequence("artist_id_seq"), True)
    equal(insp.get_view_names(), [])
    equal(insp.get_materialized_view_names(), [])
    equal(insp.get_temp_table_names(), [])
    equal(insp.get_enums(), [])
    equal(insp.get_domains(), [])


@check("reflect the metadata and make it again in another schema")
def _():
    m = sa.MetaData()
    m.reflect(engine)
    equal(sorted(m.tables), ["album", "album_genre", "artist", "genre"])
    copy = sa.MetaData()
    for t in m.sorted_tables:
        t.to_metadata(copy, schema="again")
    for c in (c for t in copy.tables.values() for c in t.columns):
        if c.server_default is not None and "nextval" in str(getattr(c.server_default, "arg", "")):
            c.server_default = None
    with engine.begin() as c:
        c.execute(sa.schema.CreateSchema("again"))
    copy.create_all(engine)
    equal(sorted(sa.inspect(engine).get_table_names(schema="again")), ["album", "album_genre", "artist", "genre"])
    equal([f["referred_schema"] for f in sa.inspect(engine).get_foreign_keys("album", schema="again")], ["again"])
    copy.drop_all(engine)
    with engine.begin() as c:
        c.execute(sa.schema.DropSchema("again"))


@check("automap")
def _():
    from sqlalchemy.ext.automap import automap_base

    auto = automap_base()
    auto.prepare(autoload_with=engine)
    with orm.Session(engine) as s:
        a = s.query(auto.classes.artist).filter_by(name="Can").one()
        equal(len(a.album_collection), 2)


@check("views")
def _():
    with engine.begin() as c:
        c.execute(sa.text("CREATE VIEW dear AS SELECT title, price FROM album WHERE price > 10"))
    i = sa.inspect(engine)
    equal(i.get_view_names(), ["dear"])
    equal("price > " in i.get_view_definition("dear"), True)
    equal([c["name"] for c in i.get_columns("dear")], ["title", "price"])
    with engine.begin() as c:
        equal(c.scalar(sa.select(sa.func.count()).select_from(sa.Table("dear", sa.MetaData(), autoload_with=engine))), 1190)
        c.execute(sa.text("DROP VIEW dear"))


@check("enum type")
def _():
    WithEnum.__table__.columns.medium.type.create(engine)
    WithEnum.__table__.create(engine)
    with orm.Session(engine) as s:
        s.add_all([WithEnum(medium=Medium.cd), WithEnum(medium=Medium.vinyl)])
        s.commit()
        equal(s.scalars(sa.select(WithEnum.medium).order_by(WithEnum.medium)).all(), [Medium.vinyl, Medium.cd])
    equal([(e["name"], e["labels"]) for e in sa.inspect(engine).get_enums()], [("medium", ["vinyl", "cd"])])
    equal(sa.inspect(engine).get_columns("with_enum")[1]["type"].enums, ["vinyl", "cd"])


@check("computed column, sequence, partial and expression indexes")
def _():
    m = sa.MetaData()
    t = sa.Table("odd", m, sa.Column("id", sa.Integer, sa.Sequence("odd_seq", start=10, metadata=m), primary_key=True), sa.Column("a", sa.Integer, nullable=False),
                 sa.Column("twice", sa.Integer, sa.Computed("a * 2", persisted=True)), sa.Column("s", sa.String(20)))
    sa.Index("odd_lower", sa.func.lower(t.c.s), unique=True)
    sa.Index("odd_some", t.c.a.desc(), postgresql_where=t.c.a > 5, postgresql_include=["s"])
    m.create_all(engine)
    with engine.begin() as c:
        equal(c.execute(t.insert().values(a=4, s="X").returning(t.c.id, t.c.twice)).one(), (10, 8))
    i = {x["name"]: x for x in sa.inspect(engine).get_indexes("odd")}
    equal(i["odd_lower"]["expressions"], ["lower(s::text)"])
    equal(i["odd_some"]["dialect_options"]["postgresql_where"], "(a > 5)")
    equal(i["odd_some"]["include_columns"], ["s"])
    equal(i["odd_some"]["column_sorting"], {"a": ("desc",)})
    equal(sa.inspect(engine).get_columns("odd")[2]["computed"], {"sqltext": "(a * 2)", "persisted": True})
    m.drop_all(engine)


@check("temporary table")
def _():
    with engine.connect() as c:
        t = sa.Table("tmp", sa.MetaData(), sa.Column("a", sa.Integer), prefixes=["TEMPORARY"], postgresql_on_commit="DELETE ROWS")
        t.create(c)
        equal(sa.inspect(c).get_temp_table_names(), ["tmp"])


@check("psycopg2 dialect")
def _():
    e = sa.create_engine("postgresql+psycopg2://" + BASE, executemany_mode="values_plus_batch")
    with orm.Session(e) as s:
        s.add_all([Genre(name=f"p{i}") for i in range(50)])
        s.flush()
        equal(s.scalar(sa.select(sa.func.count()).select_from(Genre).where(Genre.name.like("p%"))), 51)
    equal(sorted(sa.inspect(e).get_table_names())[:2], ["album", "album_genre"])


@check("asyncpg dialect")
def _():
    async def work():
        e = create_async_engine("postgresql+asyncpg://" + BASE.split("?")[0])
        async with AsyncSession(e) as s:
            s.add(Artist(name="Faust", albums=[Album(title="So Far", tags=["x"], info={"a": 1}, length=dt.timedelta(minutes=3))]))
            await s.flush()
            got = (await s.scalars(sa.select(Artist).options(orm.selectinload(Artist.albums)).where(Artist.name == "Faust"))).one()
            n = got.albums[0].price
            await s.rollback()
        async with e.connect() as c:
            names = await c.run_sync(lambda c: sa.inspect(c).get_table_names())
        await e.dispose()
        return n, "album" in names

    equal(asyncio.run(work()), (Decimal("9.99"), True))


@check("pgvector.sqlalchemy", HAS_VECTOR)
def _():
    from pgvector.sqlalchemy import HALFVEC, Vector

    class Item(Base):
        __tablename__ = "item"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        embedding = orm.mapped_column(Vector(3))
        half = orm.mapped_column(HALFVEC(3))

    with engine.begin() as c:
        c.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
    Item.__table__.create(engine)
    sa.Index("item_hnsw", Item.embedding, postgresql_using="hnsw", postgresql_with={"m": 16, "ef_construction": 64}, postgresql_ops={"embedding": "vector_l2_ops"}).create(engine)
    with orm.Session(engine) as s:
        s.add_all([Item(embedding=[1, 1, 1], half=[1, 1, 1]), Item(embedding=[2, 2, 2], half=[1, 2, 3]), Item(embedding=[1, 1, 2], half=[3, 2, 1])])
        s.commit()
        equal(s.scalars(sa.select(Item.id).order_by(Item.embedding.l2_distance([1, 1, 1]))).all(), [1, 3, 2])
        equal(s.scalars(sa.select(Item.id).order_by(Item.embedding.max_inner_product([1, 1, 1]))).all(), [2, 3, 1])
        equal(s.scalars(sa.select(Item.id).order_by(Item.embedding.l1_distance([1, 1, 1]))).all(), [1, 3, 2])
        equal(s.scalars(sa.select(Item.id).filter(Item.embedding.l2_distance([1, 1, 1]) < 1.5).order_by(Item.id)).all(), [1, 3])
        mean = s.scalar(sa.select(sa.func.avg(Item.embedding)))
        # SQLAlchemy's avg() keeps no type, so that the driver's text comes through.
        equal([round(float(x), 3) for x in str(mean).strip("[]").split(",")], [1.333, 1.333, 1.667])
    equal([str(c["type"]) for c in sa.inspect(engine).get_columns("item")][1:], ["VECTOR(3)", "HALFVEC(3)"])


@check("ranges, multiranges and an EXCLUDE constraint")
def _():
    day = lambda d, h=0: dt.datetime(2020, 1, d, h)
    booking = sa.Table("booking", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("during", pg.TSRANGE),
                       sa.Column("parts", pg.NUMMULTIRANGE), pg.ExcludeConstraint(("during", "&&"), name="no_double", using="gist"))
    booking.create(engine)
    with engine.begin() as c:
        c.execute(booking.insert(), {"id": 1, "during": pg.Range(day(1), day(2)), "parts": [pg.Range(Decimal(1), Decimal(2))]})
        row = c.execute(sa.select(booking).where(booking.c.during.overlaps(pg.Range(day(1, 12), day(5))))).one()
        equal((row.during, list(row.parts)), (pg.Range(day(1), day(2)), [pg.Range(Decimal(1), Decimal(2))]))
        equal(c.scalar(sa.select(sa.func.count()).where(booking.c.during.contains(day(1, 5)))), 1)
    with engine.connect() as c:
        e = raises(sa.exc.IntegrityError, lambda: c.execute(booking.insert(), {"id": 2, "during": pg.Range(day(1, 5), day(3))}))
        equal(e.orig.sqlstate, "23P01")
    equal([str(x["type"]) for x in sa.inspect(engine).get_columns("booking")], ["INTEGER", "TSRANGE", "NUMMULTIRANGE"])
    booking.drop(engine)


@check("hstore")
def _():
    with engine.begin() as c:
        c.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS hstore")
    engine.dispose()  # hstore's OID is asked for when a connection is made
    tagged = sa.Table("tagged", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("tags", pg.HSTORE),
                      sa.Index("tagged_tags", "tags", postgresql_using="gin"))
    tagged.create(engine)
    tags = {"a": "1", "b": None, 'q"': "x\\"}
    with engine.begin() as c:
        c.execute(tagged.insert(), [{"id": 1, "tags": tags}, {"id": 2, "tags": {}}])
        h = tagged.c.tags
        equal(c.execute(sa.select(h, h["a"], h.keys(), h.delete("a"), h + {"z": "1"}).where(h.has_key("b"), h.contains({"a": "1"}))).one(),
              (tags, "1", ["a", "b", 'q"'], {"b": None, 'q"': "x\\"}, {**tags, "z": "1"}))
        equal(c.scalar(sa.select(sa.func.count()).where(h.has_any(sa.cast(["a", "x"], pg.ARRAY(sa.Text))))), 1)
    equal([str(x["type"]) for x in sa.inspect(engine).get_columns("tagged")], ["INTEGER", "HSTORE"])
    equal(sa.inspect(engine).get_indexes("tagged")[0]["dialect_options"]["postgresql_using"], "gin")
    tagged.drop(engine)


@check("drop_all")
def _():
    Base.metadata.drop_all(engine)
    equal(sa.inspect(engine).get_table_names(), [])
