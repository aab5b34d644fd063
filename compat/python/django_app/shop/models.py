"""Models of a music shop. The migrations beside this package were written by makemigrations, in four steps."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Label(models.Model):
    name = models.CharField(max_length=80, unique=True)
    city = models.CharField(max_length=40, blank=True)


class Artist(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=100, unique=True)
    born = models.DateField(null=True)


class Album(models.Model):
    artist = models.ForeignKey(Artist, models.CASCADE, related_name="albums")
    label = models.ForeignKey(Label, models.SET_NULL, null=True)
    title = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    released = models.DateField(null=True)
    made = models.DateTimeField(default=timezone.now)
    info = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=20), default=list)
    length = models.DurationField(null=True, blank=True)
    cover = models.BinaryField(null=True)
    ratio = models.FloatField(default=0)
    similar = models.ManyToManyField("self", symmetrical=False)

    class Meta:
        constraints = [models.CheckConstraint(check=models.Q(price__gte=0), name="album_price_positive")]
        indexes = [models.Index(fields=["-released", "title"], name="album_released")]


class Track(models.Model):
    album = models.ForeignKey(Album, models.CASCADE, related_name="tracks")
    no = models.PositiveSmallIntegerField()
    title = models.TextField()

    class Meta:
        unique_together = [("album", "no")]


class Play(models.Model):
    track = models.ForeignKey(Track, models.PROTECT)
    at = models.DateTimeField(db_index=True)
    listener = models.SlugField()
