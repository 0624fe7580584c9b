"""How far the attempts at a job before its present one got."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gallery", "0020_webhooks_made_with_tokens")]
    operations = [
        migrations.AddField(
            "job", "reached", models.PositiveIntegerField("furthest step of the attempts before", default=0)
        )
    ]
