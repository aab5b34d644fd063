import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField("Album", "info", models.JSONField(default=dict)),
        migrations.AddField("Album", "tags", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
        migrations.AddField("Album", "length", models.DurationField(blank=True, null=True)),
        migrations.AddField("Album", "cover", models.BinaryField(null=True)),
        migrations.AddField("Album", "similar", models.ManyToManyField(to="shop.album")),
        migrations.CreateModel("Track", [
            ID, ("no", models.PositiveSmallIntegerField()), ("title", models.TextField()),
            ("album", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tracks", to="shop.album")),
        ], options={"unique_together": {("album", "no")}}),
        migrations.CreateModel("Play", [
            ID, ("at", models.DateTimeField()), ("listener", models.SlugField()),
            ("track", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="shop.track")),
        ]),
    ]
