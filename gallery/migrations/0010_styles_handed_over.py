from django.conf import settings
from django.db import migrations, models

import gallery.models.styles


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0009_requests_by_owner"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="stylemodel",
            name="owner",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=gallery.models.styles.hand_over, to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
