from django.db import migrations, models


def add(apps, editor):
    apps.get_model("shop", "Label").objects.create(name="by migration", city="x")


def remove(apps, editor):
    apps.get_model("shop", "Label").objects.filter(name="by migration").delete()


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_alter")]
    operations = [
        migrations.RunPython(add, remove),
        migrations.RunSQL("UPDATE shop_label SET city = 'y' WHERE name = 'by migration'", migrations.RunSQL.noop),
        migrations.AlterField("Album", "similar", models.ManyToManyField(to="shop.album")),
    ]
