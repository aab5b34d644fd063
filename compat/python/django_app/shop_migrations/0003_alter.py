from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_more")]
    operations = [
        migrations.RenameModel("Publisher", "Label"),
        migrations.RenameField("Artist", "founded", "born"),
        migrations.AlterField("Artist", "born", models.DateField(null=True)),
        migrations.AlterField("Artist", "name", models.CharField(max_length=100, unique=True)),
        migrations.AlterField("Album", "title", models.CharField(max_length=120)),
        migrations.AlterField("Album", "price", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
        migrations.AlterField("Play", "at", models.DateTimeField(db_index=True)),
        migrations.RemoveField("Album", "old"),
        migrations.AddIndex("Album", models.Index(fields=["-released", "title"], name="album_released")),
        migrations.AddConstraint("Album", models.CheckConstraint(check=models.Q(("price__gte", 0)), name="album_price_positive")),
    ]
