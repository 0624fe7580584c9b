from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0011_result_sizes"),
    ]

    operations = [
        migrations.AddField(
            model_name="stylemodel",
            name="refusal",
            field=models.CharField(blank=True, max_length=300, verbose_name="why its offer was refused"),
        ),
    ]
