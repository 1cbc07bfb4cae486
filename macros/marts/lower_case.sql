{#- A text in lower case, in every database alike: lower() knows the letters of its locale
    only. Of others than English those are told that the lists here are written with; that
    takes long, so that it is done to texts only that have one. -#}
{% macro lower_case(text) -%}
    case
        when {{ text }} collate "C" ~ '[\u00c0-\u00de\u0100-\u017f\u0400-\u042f\u2019]'
            then translate(
                lower({{ text }} collate "C"),
                'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝĄĆĘĞİŁŃŚŞŹŻŒ’АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ',
                'àáâãäåæçèéêëìíîïñòóôõöøùúûüýąćęğiłńśşźżœ''абвгдеёжзийклмнопрстуфхцчшщъыьэюя'
            )
        else lower({{ text }} collate "C")
    end
{%- endmacro %}
