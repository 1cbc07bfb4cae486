{#- A text in lower case, in every database alike: lower() knows the letters of its locale
    only. Of others than English those are told that the lists here are written with. -#}
{% macro lower_case(text) -%}
    translate(
        lower({{ text }} collate "C"),
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝĄĆĘĞİŁŃŚŞŹŻŒ’АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ',
        'àáâãäåæçèéêëìíîïñòóôõöøùúûüýąćęğiłńśşźżœ''абвгдеёжзийклмнопрстуфхцчшщъыьэюя'
    )
{%- endmacro %}
