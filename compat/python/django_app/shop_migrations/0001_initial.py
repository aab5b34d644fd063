import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Publisher", [ID, ("name", models.CharField(max_length=80, unique=True)), ("city", models.CharField(blank=True, max_length=40))]),
        migrations.CreateModel("Artist", [ID, ("uid", models.UUIDField(default=uuid.uuid4, unique=True)), ("name", models.CharField(max_length=60)),
                                          ("founded", models.DateField())]),
        migrations.CreateModel("Album", [
            ID, ("title", models.CharField(max_length=40)), ("price", models.IntegerField(default=0)), ("released", models.DateField(null=True)),
            ("made", models.DateTimeField(default=django.utils.timezone.now)), ("ratio", models.FloatField(default=0)), ("old", models.TextField(default="x")),
            ("artist", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="albums", to="shop.artist")),
            ("label", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="shop.publisher")),
        ]),
    ]
