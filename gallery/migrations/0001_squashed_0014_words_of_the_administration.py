"""A new gallery's tables in one step; those that grew through the migrations it replaces have the same."""

import django.db.models.deletion
import gallery.models.artworks
import gallery.models.images
import gallery.models.networks
import gallery.models.styles
import gallery.models.subjects
import gallery.models.training
import gallery.models.webhooks
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("gallery", "0001_initial"),
        ("gallery", "0002_trained_styles"),
        ("gallery", "0003_api_tokens"),
        ("gallery", "0004_brought_networks"),
        ("gallery", "0005_webhooks"),
        ("gallery", "0006_training_studio"),
        ("gallery", "0007_networks_loaded"),
        ("gallery", "0008_job_indexes"),
        ("gallery", "0009_requests_by_owner"),
        ("gallery", "0010_styles_handed_over"),
        ("gallery", "0011_result_sizes"),
        ("gallery", "0012_refused_offers"),
        ("gallery", "0013_deleted_examples"),
        ("gallery", "0014_words_of_the_administration"),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletedExample",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("deleted_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("host", models.CharField(max_length=100)),
                ("cluster", models.CharField(max_length=20, verbose_name="queue")),
                ("pid", models.PositiveIntegerField(verbose_name="process")),
                ("device", models.CharField(max_length=100)),
                ("memory_bytes", models.PositiveBigIntegerField(default=0, verbose_name="memory in bytes")),
                ("extractors", models.JSONField(default=list)),
                ("speeds", models.JSONField(default=dict, help_text="Megapixel steps a second, by extractor.")),
                ("loaded", models.JSONField(default=list, verbose_name="networks in memory")),
                ("started_at", models.DateTimeField()),
                ("heartbeat_at", models.DateTimeField(verbose_name="heard of")),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("digest", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("token_key", models.CharField(db_index=True, max_length=25)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("expiry", models.DateTimeField(blank=True, null=True)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=80)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="auth_token_set",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-created"],
            },
        ),
        migrations.CreateModel(
            name="ContentImage",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("file", models.FileField(max_length=200, upload_to=gallery.models.images.picture_path)),
                ("title", models.CharField(max_length=120)),
                (
                    "alt_text",
                    models.CharField(
                        blank=True,
                        help_text="What it shows, for those who cannot see it.",
                        max_length=300,
                        verbose_name="alternative text",
                    ),
                ),
                (
                    "credit",
                    models.CharField(blank=True, help_text="Who made it, and under which licence.", max_length=200),
                ),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("byte_size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="SHA-256 of the upload")),
                ("is_example", models.BooleanField(default=False, verbose_name="came with the gallery")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "photo",
                "ordering": ["-created_at", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Artwork",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                (
                    "alt_text",
                    models.CharField(
                        blank=True,
                        help_text="What it shows, for those who cannot see it.",
                        max_length=300,
                        verbose_name="alternative text",
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[("gatys", "Any painting, step by step"), ("network", "Trained styles, at once")],
                        default="gatys",
                        max_length=20,
                    ),
                ),
                ("parameters", models.JSONField(default=dict, verbose_name="settings")),
                ("result", models.FileField(blank=True, max_length=200, upload_to=gallery.models.artworks.result_path)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("byte_size", models.PositiveBigIntegerField(default=0, verbose_name="size in bytes")),
                ("loss_history", models.JSONField(blank=True, default=list, verbose_name="losses")),
                ("provenance", models.JSONField(blank=True, default=dict, verbose_name="how it was made")),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("private", "Only me"),
                            ("unlisted", "Anyone with the link"),
                            ("public", "Everyone, in the gallery"),
                        ],
                        default="private",
                        max_length=10,
                    ),
                ),
                ("show_content", models.BooleanField(default=False, verbose_name="show the photo beside it")),
                ("request_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("is_example", models.BooleanField(default=False, verbose_name="came with the gallery")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="remixes",
                        to="gallery.artwork",
                        verbose_name="remix of",
                    ),
                ),
                (
                    "content",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to="gallery.contentimage",
                        verbose_name="photo",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "id"],
            },
            bases=(gallery.models.subjects.JobSubject, models.Model),
        ),
        migrations.CreateModel(
            name="PhotoSet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                ("archive", models.FileField(max_length=200, upload_to=gallery.models.training.archive_path)),
                ("byte_size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("count", models.PositiveIntegerField(blank=True, null=True, verbose_name="pictures")),
                (
                    "refused",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="pictures that could not be read"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="StyleImage",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("file", models.FileField(max_length=200, upload_to=gallery.models.images.picture_path)),
                ("title", models.CharField(max_length=120)),
                (
                    "alt_text",
                    models.CharField(
                        blank=True,
                        help_text="What it shows, for those who cannot see it.",
                        max_length=300,
                        verbose_name="alternative text",
                    ),
                ),
                (
                    "credit",
                    models.CharField(blank=True, help_text="Who made it, and under which licence.", max_length=200),
                ),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("byte_size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("sha256", models.CharField(db_index=True, max_length=64, verbose_name="SHA-256 of the upload")),
                ("is_example", models.BooleanField(default=False, verbose_name="came with the gallery")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "painting",
                "ordering": ["-created_at", "id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ArtworkStyle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weight", models.FloatField(default=1.0, verbose_name="share")),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("artwork", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="gallery.artwork")),
                (
                    "style",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        to="gallery.styleimage",
                        verbose_name="painting",
                    ),
                ),
            ],
            options={
                "verbose_name": "style of an artwork",
                "verbose_name_plural": "styles of the artwork",
                "ordering": ["position"],
            },
        ),
        migrations.AddField(
            model_name="artwork",
            name="styles",
            field=models.ManyToManyField(through="gallery.ArtworkStyle", to="gallery.styleimage"),
        ),
        migrations.CreateModel(
            name="StyleModel",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=140, unique=True, verbose_name="name in addresses")),
                ("title", models.CharField(max_length=120)),
                (
                    "credit",
                    models.CharField(blank=True, help_text="After whom, shown beside the title.", max_length=200),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Not learnt yet"),
                            ("private", "Only me"),
                            ("offered", "Offered to the gallery"),
                            ("published", "In the gallery"),
                            ("retired", "Taken away"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("row", models.BinaryField(null=True)),
                ("cover", models.FileField(blank=True, max_length=200, upload_to=gallery.models.styles.sample_path)),
                (
                    "strip",
                    models.FileField(
                        blank=True,
                        max_length=200,
                        upload_to=gallery.models.styles.sample_path,
                        verbose_name="strip of samples",
                    ),
                ),
                ("provenance", models.JSONField(blank=True, default=dict, verbose_name="how it was learnt")),
                ("gate", models.JSONField(blank=True, default=dict, verbose_name="what was measured")),
                ("family", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("version", models.PositiveSmallIntegerField(default=1, editable=False)),
                (
                    "position",
                    models.PositiveSmallIntegerField(default=1000, help_text="Styles with smaller numbers come first."),
                ),
                ("is_example", models.BooleanField(default=False, verbose_name="came with the gallery")),
                ("request_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("refusal", models.CharField(blank=True, max_length=300, verbose_name="why its offer was refused")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=gallery.models.styles.hand_over, to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("pictures", models.ManyToManyField(blank=True, related_name="taught", to="gallery.styleimage")),
            ],
            options={
                "verbose_name": "style",
                "ordering": ["position", "-created_at", "id"],
            },
            bases=(gallery.models.subjects.JobSubject, models.Model),
        ),
        migrations.AddField(
            model_name="artworkstyle",
            name="model",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                to="gallery.stylemodel",
                verbose_name="trained style",
            ),
        ),
        migrations.CreateModel(
            name="StyleNetwork",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                ("provenance", models.CharField(blank=True, max_length=500, verbose_name="where it comes from")),
                ("licence", models.CharField(blank=True, max_length=200)),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="passed its check")),
                ("file", models.FileField(max_length=200, upload_to=gallery.models.networks.network_path)),
                ("sha256", models.CharField(max_length=64, unique=True, verbose_name="SHA-256 of the file")),
                ("manifest", models.JSONField(default=dict)),
                ("is_example", models.BooleanField(default=False, verbose_name="came with the gallery")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "network",
                "ordering": ["-created_at", "id"],
            },
            bases=(gallery.models.subjects.JobSubject, models.Model),
        ),
        migrations.AddField(
            model_name="stylemodel",
            name="network",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="styles", to="gallery.stylenetwork"
            ),
        ),
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                (
                    "method",
                    models.CharField(
                        choices=[("gatys", "Any painting, step by step"), ("training", "Short trainings")],
                        default="gatys",
                        max_length=10,
                    ),
                ),
                ("parameters", models.JSONField(default=dict, verbose_name="settings of all trials")),
                ("varied", models.JSONField(default=dict, verbose_name="settings that vary")),
                ("results", models.JSONField(blank=True, default=list)),
                ("byte_size", models.PositiveBigIntegerField(default=0, verbose_name="size in bytes")),
                ("request_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "content",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, to="gallery.contentimage", verbose_name="photo"
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                (
                    "pictures",
                    models.ManyToManyField(
                        related_name="experiments", to="gallery.styleimage", verbose_name="paintings"
                    ),
                ),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="experiments",
                        to="gallery.stylenetwork",
                        verbose_name="network it begins from",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "id"],
            },
            bases=(gallery.models.subjects.JobSubject, models.Model),
        ),
        migrations.CreateModel(
            name="TrainingRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=120)),
                ("folder", models.CharField(blank=True, max_length=300, verbose_name="folder of the server")),
                ("parameters", models.JSONField(default=dict, verbose_name="settings")),
                ("losses", models.JSONField(blank=True, default=list)),
                ("sheet", models.FileField(blank=True, max_length=200, upload_to=gallery.models.styles.sample_path)),
                ("photo_count", models.PositiveIntegerField(blank=True, null=True, verbose_name="photos trained on")),
                ("images_per_second", models.FloatField(blank=True, null=True, verbose_name="pictures a second")),
                ("seconds", models.FloatField(blank=True, null=True)),
                ("request_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="trainings_on_it",
                        to="gallery.stylenetwork",
                        verbose_name="network it begins from",
                    ),
                ),
                (
                    "network",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="trained_by",
                        to="gallery.stylenetwork",
                        verbose_name="network it has made",
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                (
                    "photo_set",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="runs",
                        to="gallery.photoset",
                    ),
                ),
            ],
            options={
                "verbose_name": "training",
                "ordering": ["-created_at", "id"],
            },
            bases=(gallery.models.subjects.JobSubject, models.Model),
        ),
        migrations.AddField(
            model_name="stylemodel",
            name="training_run",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="styles",
                to="gallery.trainingrun",
            ),
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("artwork", "Paint an artwork"),
                            ("style", "Learn a style"),
                            ("network", "Check a network"),
                            ("training", "Train styles"),
                            ("experiment", "Try settings"),
                        ],
                        default="artwork",
                        max_length=20,
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        choices=[
                            ("interactive", "Interactive (seconds)"),
                            ("optimize", "Optimisation (minutes)"),
                            ("training", "Training (hours)"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Being worked on"),
                            ("paused", "Paused"),
                            ("succeeded", "Finished"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("step", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0, verbose_name="steps in all")),
                ("eta_seconds", models.FloatField(blank=True, null=True, verbose_name="seconds left")),
                ("estimated_seconds", models.FloatField(blank=True, null=True, verbose_name="seconds expected")),
                ("loss_history", models.JSONField(blank=True, default=list, verbose_name="losses")),
                ("preview", models.CharField(blank=True, max_length=200)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease_token", models.UUIDField(blank=True, editable=False, null=True)),
                (
                    "lease_expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="the worker must report until"),
                ),
                ("worker_name", models.CharField(blank=True, max_length=120, verbose_name="worker")),
                (
                    "wish",
                    models.CharField(
                        blank=True,
                        choices=[("pause", "Pause"), ("finish", "Stop and keep")],
                        max_length=10,
                        verbose_name="what its owner asks for",
                    ),
                ),
                ("cancel_requested_at", models.DateTimeField(blank=True, null=True, verbose_name="asked to stop at")),
                ("error_code", models.CharField(blank=True, max_length=40, verbose_name="code of its failure")),
                ("error_message", models.CharField(blank=True, max_length=500, verbose_name="why it has failed")),
                ("queued_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "artwork",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="gallery.artwork",
                    ),
                ),
                (
                    "experiment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="gallery.experiment",
                    ),
                ),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                (
                    "retry_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="retries",
                        to="gallery.job",
                        verbose_name="once more after",
                    ),
                ),
                (
                    "style_model",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="gallery.stylemodel",
                        verbose_name="style",
                    ),
                ),
                (
                    "network",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="gallery.stylenetwork",
                    ),
                ),
                (
                    "training_run",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to="gallery.trainingrun",
                        verbose_name="training",
                    ),
                ),
            ],
            options={
                "ordering": ["-queued_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="TrainingStyle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=100)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("picture", models.ForeignKey(on_delete=django.db.models.deletion.RESTRICT, to="gallery.styleimage")),
                ("run", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="gallery.trainingrun")),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.AddField(
            model_name="trainingrun",
            name="pictures",
            field=models.ManyToManyField(
                related_name="training_runs", through="gallery.TrainingStyle", to="gallery.styleimage"
            ),
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("url", models.URLField(max_length=500)),
                ("secret", models.CharField(default=gallery.models.webhooks.new_secret, editable=False, max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["-created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("body", models.JSONField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("delivered_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="gallery.job")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="gallery.webhook"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["-created_at", "id"],
            },
        ),
        migrations.AddConstraint(
            model_name="contentimage",
            constraint=models.UniqueConstraint(fields=("owner", "sha256"), name="contentimage_once_per_owner"),
        ),
        migrations.AddConstraint(
            model_name="contentimage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_example", True), ("owner", None)),
                    models.Q(("is_example", False), ("owner__isnull", False)),
                    _connector="OR",
                ),
                name="contentimage_owned_or_example",
            ),
        ),
        migrations.AddConstraint(
            model_name="styleimage",
            constraint=models.UniqueConstraint(fields=("owner", "sha256"), name="styleimage_once_per_owner"),
        ),
        migrations.AddConstraint(
            model_name="styleimage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_example", True), ("owner", None)),
                    models.Q(("is_example", False), ("owner__isnull", False)),
                    _connector="OR",
                ),
                name="styleimage_owned_or_example",
            ),
        ),
        migrations.AddIndex(
            model_name="artwork",
            index=models.Index(fields=["visibility", "-published_at"], name="gallery_art_visibil_bba14c_idx"),
        ),
        migrations.AddConstraint(
            model_name="artwork",
            constraint=models.UniqueConstraint(fields=("owner", "request_id"), name="artwork_once_a_request"),
        ),
        migrations.AddConstraint(
            model_name="artwork",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility", "private"), models.Q(("result", ""), _negated=True), _connector="OR"),
                name="artwork_shared_only_when_finished",
            ),
        ),
        migrations.AddConstraint(
            model_name="artwork",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("visibility", "public"), _negated=True), ("published_at__isnull", False), _connector="OR"
                ),
                name="artwork_public_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="artworkstyle",
            constraint=models.UniqueConstraint(fields=("artwork", "style"), name="artworkstyle_once"),
        ),
        migrations.AddConstraint(
            model_name="artworkstyle",
            constraint=models.UniqueConstraint(fields=("artwork", "model"), name="artworkstyle_model_once"),
        ),
        migrations.AddConstraint(
            model_name="artworkstyle",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gt", 0)), name="artworkstyle_weight_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="artworkstyle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("model__isnull", False), ("style", None)),
                    models.Q(("model", None), ("style__isnull", False)),
                    _connector="OR",
                ),
                name="artworkstyle_picture_or_model",
            ),
        ),
        migrations.AddConstraint(
            model_name="experiment",
            constraint=models.UniqueConstraint(fields=("owner", "request_id"), name="experiment_once_a_request"),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "draft"), ("row__isnull", False), _connector="OR"),
                name="stylemodel_learnt",
            ),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "published"), _negated=True), ("published_at__isnull", False), _connector="OR"
                ),
                name="stylemodel_published_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("is_example", True), ("owner", None)), ("is_example", False), _connector="OR"
                ),
                name="stylemodel_example_has_no_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.UniqueConstraint(fields=("owner", "request_id"), name="stylemodel_once_a_request"),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.UniqueConstraint(fields=("family", "version"), name="stylemodel_versions_differ"),
        ),
        migrations.AddConstraint(
            model_name="stylemodel",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "published")), fields=("family",), name="stylemodel_one_published_version"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "queue", "queued_at"], name="gallery_job_state_f2956b_idx"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "finished_at"], name="gallery_job_state_4d73f4_idx"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["owner", "queue", "-started_at"], name="gallery_job_owner_i_176e8d_idx"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["owner", "finished_at"], name="gallery_job_owner_i_3148ca_idx"),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running", "paused"])),
                fields=("artwork",),
                name="job_one_unfinished_per_artwork",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running", "paused"])),
                fields=("style_model",),
                name="job_one_unfinished_per_style",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running", "paused"])),
                fields=("network",),
                name="job_one_unfinished_per_network",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running", "paused"])),
                fields=("training_run",),
                name="job_one_unfinished_per_training",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running", "paused"])),
                fields=("experiment",),
                name="job_one_unfinished_per_experiment",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("artwork__isnull", False),
                        ("experiment__isnull", True),
                        ("kind", "artwork"),
                        ("network__isnull", True),
                        ("style_model__isnull", True),
                        ("training_run__isnull", True),
                    ),
                    models.Q(
                        ("artwork__isnull", True),
                        ("experiment__isnull", True),
                        ("kind", "style"),
                        ("network__isnull", True),
                        ("style_model__isnull", False),
                        ("training_run__isnull", True),
                    ),
                    models.Q(
                        ("artwork__isnull", True),
                        ("experiment__isnull", True),
                        ("kind", "network"),
                        ("network__isnull", False),
                        ("style_model__isnull", True),
                        ("training_run__isnull", True),
                    ),
                    models.Q(
                        ("artwork__isnull", True),
                        ("experiment__isnull", True),
                        ("kind", "training"),
                        ("network__isnull", True),
                        ("style_model__isnull", True),
                        ("training_run__isnull", False),
                    ),
                    models.Q(
                        ("artwork__isnull", True),
                        ("experiment__isnull", False),
                        ("kind", "experiment"),
                        ("network__isnull", True),
                        ("style_model__isnull", True),
                        ("training_run__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="job_works_on_what_its_kind_says",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lease_expires_at__isnull", False), ("lease_token__isnull", False), ("state", "running")),
                    models.Q(
                        models.Q(("state", "running"), _negated=True), ("lease_expires_at", None), ("lease_token", None)
                    ),
                    _connector="OR",
                ),
                name="job_lease_only_while_running",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "failed"), _negated=True),
                    models.Q(("error_message", ""), _negated=True),
                    _connector="OR",
                ),
                name="job_failed_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["queued", "running", "paused"]), ("finished_at__isnull", False), _connector="OR"
                ),
                name="job_finished_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingstyle",
            constraint=models.UniqueConstraint(fields=("run", "picture"), name="trainingstyle_picture_once"),
        ),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.UniqueConstraint(fields=("owner", "request_id"), name="trainingrun_once_a_request"),
        ),
        migrations.AddConstraint(
            model_name="trainingrun",
            constraint=models.CheckConstraint(
                condition=models.Q(("photo_set", None), ("folder", ""), _connector="OR"),
                name="trainingrun_photos_of_one_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(fields=("owner", "url"), name="webhook_once_per_owner"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("webhook", "job"), name="delivery_once_per_webhook_and_job"),
        ),
    ]
