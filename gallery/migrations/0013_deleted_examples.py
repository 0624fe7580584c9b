from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0012_refused_offers"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeletedExample",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("deleted_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
    ]
