"""Django: migrate with the contrib applications, own models and their migrations, inspectdb, and the ORM."""

import datetime as dt
import io
import os
import sys
import uuid
from decimal import Decimal

import django
from django.conf import settings

from check import HAS_VECTOR, TARGET, check, equal, raises, version

version("django " + django.__version__)
settings.configure(
    SECRET_KEY="compat", USE_TZ=True, TIME_ZONE="UTC", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages",
                    "django.contrib.sites", "django.contrib.flatpages", "django.contrib.redirects", "django.contrib.postgres", "shop"],
    SITE_ID=1, MIGRATION_MODULES={"shop": "shop_migrations"},
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "NAME": os.environ["PGDATABASE"],
                           "USER": os.environ["PGUSER"], "PASSWORD": "compat"}},
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_table"}},
)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "django_app"))
django.setup()

from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.core.management import call_command
from django.db import DataError, DatabaseError, IntegrityError, OperationalError, ProgrammingError, connection, models, transaction
from django.db.models import Avg, Case, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce, Concat, ExtractYear, Lower, Rank, RowNumber, Substr, TruncMonth, Upper
from shop.models import Album, Artist, Label, Play, Track

EPOCH = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def command(*args, **kw):
    out = io.StringIO()
    call_command(*args, stdout=out, stderr=out, **kw)
    return out.getvalue()


@check("migrate the contrib applications")
def _():
    command("migrate", "auth", verbosity=0)
    command("migrate", verbosity=0, run_syncdb=True)


@check("migrate is done: a plan is empty, showmigrations ticks all")
def _():
    equal("No planned migration operations." in command("migrate", plan=True), True)
    equal("[ ]" in command("showmigrations"), False)
    equal(command("makemigrations", check=True, dry_run=True).strip(), "No changes detected")


for name in ("0001_initial", "0002_more", "0003_alter", "0004_data"):
    @check(f"own migration {name}: forwards, sqlmigrate")
    def _(name=name):
        equal("BEGIN" in command("sqlmigrate", "shop", name) or name == "0004_data", True)
        command("migrate", "shop", name, verbosity=0)


@check("own migrations back to zero and forwards again")
def _():
    command("migrate", "shop", "zero", verbosity=0)
    command("migrate", "shop", verbosity=0)


@check("users, groups, permissions")
def _():
    u = User.objects.create_user("ada", "ada@example.org", "secret")
    g = Group.objects.create(name="editors")
    g.permissions.set(Permission.objects.filter(codename__startswith="add_"))
    u.groups.add(g)
    equal(User.objects.get(username="ada").has_perm("shop.add_album"), True)
    equal(u.check_password("secret"), True)


@check("create, get_or_create, update_or_create")
def _():
    label, made = Label.objects.get_or_create(name="Brain", defaults={"city": "Hamburg"})
    equal(made, True)
    equal(Label.objects.get_or_create(name="Brain")[1], False)
    label, made = Label.objects.update_or_create(name="Brain", defaults={"city": "Köln"})
    equal((made, label.city), (False, "Köln"))
    a = Artist.objects.create(name="Neu!", born=dt.date(1971, 1, 1))
    equal(Artist.objects.get(pk=a.pk).uid, a.uid)


@check("bulk_create, ignore_conflicts, update_conflicts, bulk_update, in_bulk")
def _():
    artists = Artist.objects.bulk_create([Artist(name=f"band {i}") for i in range(500)])
    equal(all(a.pk for a in artists), True)
    Artist.objects.bulk_create([Artist(name="band 1"), Artist(name="band x")], ignore_conflicts=True)
    equal(Artist.objects.filter(name="band x").count(), 1)
    Artist.objects.bulk_create([Artist(name="band 1", born=dt.date(2000, 1, 1))], update_conflicts=True, update_fields=["born"], unique_fields=["name"])
    equal(Artist.objects.get(name="band 1").born, dt.date(2000, 1, 1))
    for a in artists[:100]:
        a.name = a.name.upper()
    equal(Artist.objects.bulk_update(artists[:100], ["name"], batch_size=40), 100)
    equal(len(Artist.objects.in_bulk([a.pk for a in artists[:10]])), 10)
    label = Label.objects.get(name="Brain")
    neu = Artist.objects.get(name="Neu!")
    albums = Album.objects.bulk_create([Album(artist=neu if i < 30 else artists[i], label=label if i % 2 else None, title=f"album {i}", price=Decimal(i) / 4,
                                              released=dt.date(1970 + i % 5, i % 12 + 1, 1), tags=["a", f"t{i % 3}"], info={"n": i, "deep": {"x": [i]}},
                                              length=dt.timedelta(minutes=i)) for i in range(60)])
    Track.objects.bulk_create([Track(album=b, no=n, title=f"{b.title} / {n}") for b in albums for n in range(1, 6)])
    Play.objects.bulk_create([Play(track_id=i % 300 + 1, at=EPOCH + dt.timedelta(hours=7 * i), listener=f"l{i % 7}") for i in range(900)])
    equal((Track.objects.count(), Play.objects.count()), (300, 900))


@check("field round trips")
def _():
    b = Album.objects.create(artist_id=1, title="ü \\ ' \U0001f3b5", price=Decimal("1234.50"), released=dt.date(2024, 2, 29), tags=["x,y", 'q"'], info={"a": [None, True, 1.5]},
                             length=dt.timedelta(days=-1, microseconds=5), cover=b"\x00\xff", ratio=1e-10)
    c = Album.objects.get(pk=b.pk)
    for f in ("title", "price", "released", "tags", "info", "length", "ratio"):
        equal(getattr(c, f), getattr(b, f))
    equal(bytes(c.cover), b"\x00\xff")
    equal(c.made.utcoffset(), dt.timedelta(0))
    b.delete()


@check("relations: select_related, prefetch_related, reverse, many to many")
def _():
    b = Album.objects.select_related("artist", "label").get(title="album 1")
    equal((b.artist.name, b.label.name), ("Neu!", "Brain"))
    got = Artist.objects.prefetch_related(Prefetch("albums", Album.objects.order_by("-price"), to_attr="by_price")).get(name="Neu!")
    equal(got.by_price[0].title, "album 29")
    b.similar.add(*Album.objects.filter(title__in=["album 2", "album 3"]))
    equal(sorted(x.title for x in b.similar.all()), ["album 2", "album 3"])
    equal(Album.objects.filter(similar__title="album 2").distinct().count(), 1)
    b.similar.remove(Album.objects.get(title="album 2"))
    equal(b.similar.count(), 1)


LOOKUPS = [
    (dict(title__icontains="ALBUM 1"), 11), (dict(title__iexact="ALBUM 1"), 1), (dict(title__startswith="album 2"), 11), (dict(title__iregex=r"^ALBUM [0-4]$"), 5),
    (dict(title__regex=r"\d\d"), 50), (dict(title__endswith="9"), 6), (dict(price__range=(5, 10)), 21), (dict(price__gte=Decimal("14.5")), 2), (dict(released__year=1971), 12),
    (dict(released__month__in=[1, 2]), 10), (dict(label__isnull=True), 30), (dict(artist__name__contains="Neu"), 30), (dict(tags__contains=["t1"]), 20), (dict(tags__overlap=["t1", "t2"]), 40),
    (dict(tags__len=2), 60), (dict(tags__0="a"), 60), (dict(info__n=7), 1), (dict(info__n__gt=50), 9), (dict(info__deep__x__0=5), 1), (dict(info__has_key="deep"), 60),
    (dict(info__contains={"n": 3}), 1), (dict(length__gt=dt.timedelta(minutes=50)), 9), (dict(made__date=dt.date(1999, 1, 1)), 0), (dict(tracks__title="album 3 / 2"), 1),
    (dict(pk__in=Album.objects.filter(price__lt=1).values("pk")), 4), (dict(released__week_day=2), None), (dict(released__quarter=4), 15), (dict(title__in=["album 0", "album 59"]), 2),
    (dict(info__deep__contains={"x": [9]}), 1), (dict(info__nosuch__isnull=True), 60), (dict(tags__contained_by=["a", "t0", "zz"]), 20),
]
for kw, want in LOOKUPS:
    @check(f"lookup {next(iter(kw))}")
    def _(kw=kw, want=want):
        n = Album.objects.filter(**kw).count()
        if want is not None:
            equal(n, want)


@check("Q objects, exclude, or, not")
def _():
    equal(Album.objects.filter(Q(price__lt=1) | Q(price__gt=14), ~Q(title="album 0")).count(), 6)
    equal(Album.objects.exclude(tracks__no__gt=4).count(), 0)
    equal(Album.objects.exclude(label__city="Köln").count(), 30)


@check("aggregates")
def _():
    got = Album.objects.aggregate(n=Count("*"), s=Sum("price"), a=Avg("price"), lo=Min("released"), hi=Max("released"), d=Count("artist", distinct=True),
                                  some=Count("pk", filter=Q(price__gt=10)))
    equal((got["n"], got["s"], got["d"], got["some"]), (60, Decimal("442.50"), 31, 19))
    equal((got["lo"], got["hi"], got["a"]), (dt.date(1970, 1, 1), dt.date(1974, 12, 1), Decimal("7.375")))


@check("postgres aggregates")
def _():
    from django.contrib.postgres.aggregates import ArrayAgg, BoolAnd, JSONBAgg, StringAgg

    got = Album.objects.filter(title__in=["album 1", "album 2"]).aggregate(a=ArrayAgg("title", ordering="-title"), b=BoolAnd(Q(price__gt=0)), j=JSONBAgg("info__n", ordering="pk"))
    equal((got["a"], got["b"], got["j"]), (["album 2", "album 1"], True, [1, 2]))
    equal(Album.objects.filter(title__in=["album 1", "album 2"]).aggregate(s=StringAgg("title", "; ", ordering="title"))["s"], "album 1; album 2")


@check("group by and having")
def _():
    got = list(Album.objects.values("artist__name").annotate(n=Count("pk"), s=Sum("price")).filter(n__gt=1).order_by("-n"))
    equal(got, [{"artist__name": "Neu!", "n": 30, "s": Decimal("108.75")}])
    equal(list(Play.objects.annotate(m=TruncMonth("at")).values("m").annotate(n=Count("pk")).order_by("m").values_list("n", flat=True))[:2], [107, 99])
    equal(list(Album.objects.annotate(y=ExtractYear("released")).values_list("y").annotate(Count("pk")).order_by("y")), [(y, 12) for y in range(1970, 1975)])


@check("annotations: F, Case, Coalesce, Concat, Subquery, Exists, Window")
def _():
    equal(Album.objects.annotate(p=F("price") * 2 + 1).get(title="album 4").p, Decimal("3.00"))
    kind = Case(When(price__lt=5, then=Value("cheap")), When(price__lt=10, then=Value("fair")), default=Value("dear"))
    equal(list(Album.objects.values_list(kind.copy()).annotate(n=Count("pk")).order_by("n").values_list("n", flat=True)), [20, 20, 20])
    equal(Album.objects.annotate(c=Concat(Upper("title"), Value("/"), Coalesce("label__name", Value("none")))).get(title="album 2").c, "ALBUM 2/none")
    dearest = Album.objects.filter(artist=OuterRef("pk")).order_by("-price").values("title")[:1]
    equal(Artist.objects.annotate(t=Subquery(dearest)).get(name="Neu!").t, "album 29")
    equal(Artist.objects.filter(Exists(Album.objects.filter(artist=OuterRef("pk"), price__gt=14))).count(), 3)
    w = Album.objects.annotate(r=Window(Rank(), partition_by="artist", order_by=F("price").desc()), n=Window(RowNumber(), order_by="pk"))
    equal([(x.r, x.n) for x in w.order_by("pk")[:2]], [(30, 1), (29, 2)])
    equal(w.filter(r=1).count(), 31)


@check("slices, ordering, distinct, values, dates")
def _():
    equal([x.title for x in Album.objects.order_by(F("label").asc(nulls_last=True), "-price")[:2]], ["album 59", "album 57"])
    equal(Album.objects.order_by("artist", "-price").distinct("artist").count(), 31)
    equal(len(Album.objects.dates("released", "year")), 5)
    equal(Play.objects.datetimes("at", "month").count(), 9)
    equal(Album.objects.filter(pk=1).union(Album.objects.filter(pk=2), all=True).count(), 2)
    equal(Album.objects.filter(price__lt=2).intersection(Album.objects.filter(price__gt=1)).count(), 3)
    equal(Album.objects.filter(price__lt=2).difference(Album.objects.filter(price__gt=1)).count(), 5)
    equal(Album.objects.order_by("?").first() is not None, True)
    equal(Album.objects.reverse().last() is not None, True)


@check("update and delete, with cascades")
def _():
    equal(Album.objects.filter(title="album 5").update(price=F("price") + 1, title=Lower(Value("ALBUM 5"))), 1)
    gone = Artist.objects.filter(name__startswith="BAND 4")
    equal(Play.objects.filter(track__album__artist__in=gone).delete(), (150, {"shop.Play": 150}))
    equal(gone.delete(), (71, {"shop.Artist": 11, "shop.Album": 10, "shop.Track": 50}))
    with transaction.atomic():
        Label.objects.get(name="Brain").delete()
        equal(Album.objects.filter(label__isnull=False).count(), 0)
        transaction.set_rollback(True)
    from django.db.models import ProtectedError

    raises(ProtectedError, lambda: Track.objects.get(pk=1).delete())


@check("atomic blocks, savepoints, on_commit")
def _():
    seen = []
    with transaction.atomic():
        Artist.objects.create(name="outer")
        transaction.on_commit(lambda: seen.append(1))
        try:
            with transaction.atomic():
                Artist.objects.create(name="outer")
        except IntegrityError as e:
            equal((e.__cause__.pgcode if hasattr(e.__cause__, "pgcode") else e.__cause__.sqlstate), "23505")
    equal((seen, Artist.objects.filter(name="outer").count()), ([1], 1))


@check("errors by class")
def _():
    def run(q):
        with transaction.atomic(), connection.cursor() as c:
            c.execute(q)

    raises(IntegrityError, lambda: run("INSERT INTO shop_track (album_id, no, title) VALUES (99999, 1, 'x'); SET CONSTRAINTS ALL IMMEDIATE"))
    raises(IntegrityError, lambda: run("UPDATE shop_album SET price = -1"))
    raises(ProgrammingError, lambda: run("SELECT * FROM nowhere"))
    raises(DataError, lambda: run("SELECT 1/0"))
    raises(DataError, lambda: run("UPDATE shop_artist SET name = repeat('x', 500)"))


@check("a deferred foreign key is checked at commit")
def _():
    def late():
        with transaction.atomic():
            Track.objects.create(album_id=99999, no=1, title="lost")

    raises(IntegrityError, late)


@check("select_for_update")
def _():
    with transaction.atomic():
        equal(Album.objects.select_for_update(of=("self",)).select_related("artist").get(title="album 1").title, "album 1")
        equal(Album.objects.select_for_update(skip_locked=True).filter(title="album 2").count(), 1)
        equal(len(Album.objects.select_for_update(nowait=True, no_key=True).filter(title="album 2")), 1)


@check("iterator over a server-side cursor")
def _():
    equal(sum(1 for _ in Play.objects.order_by("pk").iterator(chunk_size=100)), Play.objects.count())


@check("raw SQL and explain")
def _():
    equal(Album.objects.raw("SELECT * FROM shop_album WHERE title = %s", ["album 1"])[0].title, "album 1")
    equal(len(Album.objects.filter(price=1).explain()) > 0, True)
    equal("Plan" in Album.objects.filter(price=1).explain(format="json", analyze=True), True)


@check("full-text search")
def _():
    from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector

    v, q = SearchVector("title"), SearchQuery("album 7")
    equal(Album.objects.annotate(s=v, r=SearchRank(v, q)).filter(s=q).order_by("-r").first().title, "album 7")


@check("HStoreField")
def _():
    from django.apps.registry import Apps
    from django.contrib.postgres.fields import HStoreField
    from django.contrib.postgres.indexes import GinIndex
    from django.contrib.postgres.operations import HStoreExtension

    class Tagged(models.Model):
        tags = HStoreField(null=True)

        class Meta:
            app_label, apps = "shop", Apps()  # none of the applications' models
            indexes = [GinIndex(fields=["tags"], name="tagged_tags")]

    with connection.schema_editor() as editor:
        HStoreExtension().database_forwards("shop", editor, None, None)
        editor.create_model(Tagged)
    tags = {"a": "1", "b": None, 'q"': "x\\"}
    Tagged.objects.bulk_create([Tagged(tags=tags), Tagged(tags={}), Tagged(tags=None), Tagged(tags={"a": "12"})])
    equal(Tagged.objects.get(tags__contains={"a": "1"}).tags, tags)
    equal(Tagged.objects.filter(tags__has_key="a").count(), 2)
    equal(Tagged.objects.filter(tags__has_any_keys=["b", "z"]).count(), 1)
    equal(Tagged.objects.filter(tags__has_keys=["a", "b"]).count(), 1)
    equal(Tagged.objects.filter(tags__contained_by={"a": "12", "z": "1"}).count(), 2)
    equal(Tagged.objects.filter(tags__a__startswith="1").count(), 2)
    equal(Tagged.objects.filter(tags__keys=["a", "b", 'q"']).count(), 1)
    equal(Tagged.objects.filter(tags__values__contains=["12"]).count(), 1)
    equal(list(Tagged.objects.order_by("-tags__a").exclude(tags__a=None).values_list("tags__a", flat=True)), ["12", "1"])
    with connection.schema_editor() as editor:
        editor.delete_model(Tagged)


@check("inspectdb")
def _():
    text = command("inspectdb", "shop_album", "shop_artist", "shop_track", "auth_user")
    for want in ("class ShopAlbum(models.Model):", "artist = models.ForeignKey('ShopArtist', models.DO_NOTHING)", "price = models.DecimalField(max_digits=8, decimal_places=2",
                 "info = models.JSONField(", "title = models.CharField(", "unique_together = (('album', 'no'),)", "username = models.CharField(unique=True, max_length=150)",
                 "uid = models.UUIDField(unique=True)", "length = models.DurationField(blank=True, null=True)", "cover = models.BinaryField(blank=True, null=True)"):
        if want not in text:
            raise AssertionError(f"no {want!r} in {text}")
    all_of_it = command("inspectdb", include_views=True)
    equal("The error was" in all_of_it, False)


@check("introspection")
def _():
    with connection.cursor() as c:
        i = connection.introspection
        equal("shop_album" in i.table_names(c), True)
        k = i.get_constraints(c, "shop_album")
        equal(sorted(n for n, v in k.items() if v["check"])[:1], ["album_price_positive"])
        equal([v["columns"] for n, v in k.items() if v["primary_key"]], [["id"]])
        equal([v["foreign_key"] for v in k.values() if v["foreign_key"] and v["columns"] == ["artist_id"]], [("shop_artist", "id")])
        equal(i.get_primary_key_column(c, "shop_album"), "id")
        equal("shop_album_id_seq" in [s["name"] for s in i.get_sequences(c, "shop_album")], True)
        equal(i.get_relations(c, "shop_track")["album_id"][:2], ("id", "shop_album"))


@check("database cache and sessions")
def _():
    command("createcachetable")
    cache.set("k", {"v": [1, 2]}, 60)
    equal(cache.get("k"), {"v": [1, 2]})
    equal(cache.add("k", 1), False)
    cache.set_many({f"k{i}": i for i in range(20)})
    equal(len(cache.get_many([f"k{i}" for i in range(20)])), 20)
    cache.clear()
    from django.contrib.sessions.backends.db import SessionStore

    s = SessionStore()
    s["user"] = "ada"
    s.create()
    equal(SessionStore(s.session_key)["user"], "ada")
    command("clearsessions")


@check("dumpdata, flush, loaddata, sqlsequencereset")
def _():
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".json") as f:
        n = Play.objects.count()
        command("dumpdata", "shop", output=f.name)
        equal("setval" in command("sqlsequencereset", "shop"), True)
        command("flush", interactive=False, verbosity=0)
        equal(Play.objects.count(), 0)
        command("loaddata", f.name, verbosity=0)
        equal(Play.objects.count(), n)
        with connection.cursor() as c:
            for line in command("sqlsequencereset", "shop", no_color=True).split(";"):
                if "setval" in line:
                    c.execute(line.replace("%", "%%"))
        equal(Artist.objects.create(name="after").pk is not None, True)


@check("checks, and the management commands that read the schema")
def _():
    equal("no issues" in command("check", databases=["default"]), True)
    command("sqlflush")
    command("remove_stale_contenttypes", interactive=False)


@check("asynchronous ORM")
def _():
    import asyncio

    async def work():
        return await Album.objects.filter(title="album 1").acount()

    equal(asyncio.run(work()), 1)


@check("pgvector.django", HAS_VECTOR)
def _():
    from django.db import migrations
    from django.db.migrations.executor import MigrationExecutor
    from pgvector.django import CosineDistance, HnswIndex, L2Distance, MaxInnerProduct, VectorExtension, VectorField

    class Item(models.Model):
        embedding = VectorField(dimensions=3, null=True)

        class Meta:
            app_label = "shop"
            indexes = [HnswIndex(name="item_hnsw", fields=["embedding"], m=16, ef_construction=64, opclasses=["vector_l2_ops"])]

    class Step(migrations.Migration):
        operations = [VectorExtension()]

    with connection.schema_editor() as e:
        state = MigrationExecutor(connection).loader.project_state()
        Step("x", "shop").apply(state, e)
        e.create_model(Item)
    Item.objects.bulk_create([Item(embedding=[1, 1, 1]), Item(embedding=[2, 2, 2]), Item(embedding=[1, 1, 2])])
    equal([x.pk for x in Item.objects.order_by(L2Distance("embedding", [1, 1, 1]))], [1, 3, 2])
    equal([x.pk for x in Item.objects.order_by(MaxInnerProduct("embedding", [1, 1, 1]))], [2, 3, 1])
    equal([x.pk for x in Item.objects.annotate(d=CosineDistance("embedding", [1, 1, 1])).filter(d__lt=0.01)], [1, 2])
    equal([round(float(v), 4) for v in Item.objects.aggregate(a=Avg("embedding"))["a"]], [1.3333, 1.3333, 1.6667])


@check("close and reconnect")
def _():
    connection.close()
    equal(Album.objects.filter(title="album 1").exists(), True)
    equal(connection.is_usable(), True)
